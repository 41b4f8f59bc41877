/* Shows a push, and opens what it is about. It keeps no pages and answers no requests. */
"use strict";
self.addEventListener("push", (event) => {
  const told = event.data ? event.data.json() : {};
  event.waitUntil(
    self.registration.showNotification(told.title || "Troco", {
      body: told.line || "",
      tag: told.tag,
      data: told.href,
      icon: "/static/icons/troco.svg",
    }),
  );
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const href = String(event.notification.data || "");
  const page = href.startsWith("/portal/") ? href : "/portal/";
  /* The address names the shop, and leads on to the page that is open already, perhaps. */
  const shown = page.replace(/^\/portal\/of\/[^/]+/, "/portal");
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((open) => {
      const here = open.find((each) => new URL(each.url).pathname === shown);
      return here ? here.focus() : self.clients.openWindow(page);
    }),
  );
});
