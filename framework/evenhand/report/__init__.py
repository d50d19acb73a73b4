"""What people read: one self-contained HTML report per answer. Import from the modules."""
