/** Elements, made without markup: what a file says is only ever text on this page. */

/**
 * @param {string} tag e.g. `p.who` for a paragraph of a class
 * @param {Record<string, string> | null} [attributes]
 * @param {...(Node | string | null | false)} children null and false are left out
 * @returns {HTMLElement}
 */
export function element(tag, attributes, ...children) {
  const [name, ...classes] = tag.split('.');
  const made = document.createElement(name);
  if (classes.length) made.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes ?? {})) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== false));
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

/** One of the drawings in the page's head. @param {string} name @returns {SVGElement} */
export function icon(name) {
  const drawing = document.createElementNS(SVG, 'svg');
  for (const [key, value] of Object.entries({ class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true' })) {
    drawing.setAttribute(key, value);
  }
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#icon-${name}`);
  drawing.append(use);
  return drawing;
}

/** @param {string} id @returns {any} the element, which the page is known to have */
export const byId = (id) => document.getElementById(id);
