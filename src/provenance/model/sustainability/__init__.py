"""The methods by which a sustainability statement is computed: pure, exact, each with its source.

Amounts carry their unit in their type (`amounts`), so that grams never meet kilograms and no mass is added to a
distance. Sums and products are exact decimals: nothing is rounded before it is shown, and no order of adding can
matter. Avoided emissions are positive, emissions caused are subtracted, and a result may be negative.
"""
