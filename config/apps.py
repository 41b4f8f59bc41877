"""Wires the apps together when a process starts."""

import gc

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class TrocoAdminConfig(AdminConfig):
    """The staff's admin, on our own site, which demands a second factor."""

    default_site = "config.staff.site.StaffSite"


class ConfigConfig(AppConfig):
    """Installs the subscriptions and the senders of hints."""

    name = "config"

    def ready(self) -> None:
        """Hand the page of subscriptions to the kernel.

        The pages import every app's handlers, so they can only be imported once the apps are
        ready: the imports inside this function are Django's own convention.
        """
        from config import (  # noqa: PLC0415
            approvals,
            contents,
            dialects,
            hints,
            listeners,
            logs,
            practice,
            subscriptions,
        )
        from core import events  # noqa: PLC0415

        logs.install()
        approvals.install()
        contents.install()
        dialects.install()
        practice.install()
        listeners.install()
        events.subscribe(subscriptions.TOGETHER, subscriptions.AFTERWARDS)
        hints.install()
        # What is loaded by now stays for ever and need not be looked through any more.
        gc.freeze()
        gc.enable()
