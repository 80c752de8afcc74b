"""Dashboards and rules for who watches the service: what is made from code, and what reads them."""
