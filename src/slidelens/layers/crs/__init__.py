"""CRSs in which areas and distances are true."""
