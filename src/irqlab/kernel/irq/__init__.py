"""``kernel/irq/``: the generic interrupt layer."""
