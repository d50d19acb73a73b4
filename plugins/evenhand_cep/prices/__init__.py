"""Certified grouping by share prices: bounds that hold for any prices, and a primal search guided by good ones."""
