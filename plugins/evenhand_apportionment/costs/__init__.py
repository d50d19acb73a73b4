"""What each method minimizes, as a cost that adds up over groups: its units, its proof and its ties."""
