"""Who people are: sign-in, devices, identity, the PIN, proofs, blocks and the audit trail."""
