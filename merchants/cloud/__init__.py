"""The API that is compatible with the WhatsApp Cloud API's request shapes.

Translation to and from those shapes, and nothing else: what is done, services do, the same that
the portal and ``/v1`` call.
"""
