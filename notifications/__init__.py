"""Mail: what it says (messages, render), what became of it (ledger), how it leaves (smtp), and the loop (delivery)."""
