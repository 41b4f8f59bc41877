/* A phone's photo is often larger than a paper may be: it is made smaller here, before it is sent.
   Without this script it is sent as it is, and refused in words where it is too large. */
(() => {
  "use strict";
  const LARGEST_BYTES = 4_500_000, LONGEST_SIDE = 3200, QUALITY = 0.85;

  const shrink = async (file) => {
    const picture = await createImageBitmap(file);
    const part = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * part);
    canvas.height = Math.round(picture.height * part);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return made && new File([made], `${file.name.replace(/\.[^.]*$/, "")}.jpg`, { type: "image/jpeg" });
  };

  addEventListener("change", async ({ target }) => {
    const file = target.files?.[0], form = target.form;
    if (!file?.type.startsWith("image/") || file.size <= LARGEST_BYTES) return;
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const made = await shrink(file);
      if (!made || target.files[0] !== file) return;
      const smaller = new DataTransfer();
      smaller.items.add(made);
      target.files = smaller.files;
    } catch {
      /* What cannot be read here is looked into by the server. */
    } finally {
      button.disabled = false;
    }
  });
})();
