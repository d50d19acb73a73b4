"""What a choice of this problem is worth on students it was not made with: ``[uncertainty]`` of a spec."""
