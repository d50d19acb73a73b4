"""How a choice of blocks made from these students does on other students: thinning, shrinkage, declared noise."""
