"""The demo's accounts; everybody may know them, which is why the demo only runs on this machine."""

PASSWORD = "porchlight-demo"
OFFICE = "office@example.com"
CUSTOMER = "customer@example.com"
NEIGHBOUR = "neighbour@example.com"

# The order in which the demo prints them, each with whom one meets there.
ACCOUNTS = (
    (CUSTOMER, "a customer with three properties"),
    (NEIGHBOUR, "another customer"),
    (OFFICE, "the office (owner)"),
)
