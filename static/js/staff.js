// Says in which time zone the reader is, so that the staff's pages write moments in it.
{
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `troco_zone=${encodeURIComponent(zone)}; path=/admin/; samesite=lax${secure}`;
}
