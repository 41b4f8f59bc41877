"""The sandbox's world: who lives in it, and how it came to be as it is today.

Everything here goes through the services that a real person's call goes through (ADR 3).
"""
