"""The list of a customer's invoices."""
