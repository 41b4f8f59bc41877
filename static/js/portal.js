/* What the portal's pages do beyond links and forms. Reading works without any of it. */
(() => {
  "use strict";
  const root = document.documentElement;
  const say = (key) => document.body.dataset[key] || "";

  /* Theme: a cookie, so that the server writes it into the page and nothing flashes. */
  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const switchTheme = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${root.dataset.theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  };

  const copy = async (button) => {
    await navigator.clipboard.writeText(button.dataset.copy);
    toast(say("copied"));
  };

  const toast = (words) => {
    const line = document.createElement("div");
    const text = document.createElement("p");
    line.className = "toast ok";
    text.textContent = words;
    line.append(text);
    document.getElementById("toasts").append(line);
    setTimeout(() => line.remove(), 4000);
  };

  /* Quick replies: "/" and the beginning of a word narrows them; the chosen one fills the box. */
  const reply = (button) => {
    const box = button.closest("form").querySelector("[data-writes]");
    box.value = /^\/\S*$/.test(box.value.trim()) ? button.dataset.reply : `${box.value}${button.dataset.reply}`;
    if (button.dataset.media) attach({ media: button.dataset.media, file: button.dataset.file });
    narrow(box);
    box.focus();
  };
  const narrow = (box) => {
    const word = /^\/(\S*)$/.exec(box.value.trim());
    box.form.querySelectorAll("[data-reply]").forEach((button) => {
      button.hidden = word !== null && !button.textContent.trim().slice(1).startsWith(word[1].toLowerCase());
    });
  };
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-writes]")) narrow(event.target);
    const { fills } = event.target.dataset;
    if (fills) document.getElementById(fills).value = event.target.value;
  });

  /* The composer. What is sent leaves the box at once, and the answer brings only the messages: what is
     typed meanwhile, an open menu and the caret stay. What was not sent comes back into the box. */
  const composer = document.querySelector("[data-composer]");
  const draft = `draft:${composer?.action}`;
  const newId = () =>
    `web_${[...crypto.getRandomValues(new Uint8Array(13))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  const keepDraft = ({ value }) =>
    value ? sessionStorage.setItem(draft, value) : sessionStorage.removeItem(draft);
  /* The file of a quick reply goes with the words, and comes back with them. */
  let attached = null;
  const attach = (found) => {
    const line = document.getElementById("composer-file");
    attached = found;
    composer.elements.media.value = found?.media ?? "";
    line.querySelector("[data-attached]").textContent = found?.file ?? "";
    line.hidden = !found;
    if (found) sessionStorage.setItem(`${draft}:file`, JSON.stringify(found));
    else sessionStorage.removeItem(`${draft}:file`);
  };
  const takeWords = (ctx) => {
    const { text, client_id: id } = composer.elements;
    ctx.sent = { words: text.value, id: id.value, attached };
    [text.value, id.value] = ["", newId()];
    attach(null);
    keepDraft(text);
    narrow(text);
    if (composer.contains(document.activeElement)) text.focus();
    document.getElementById("log").scrollTop = 0;
  };
  const giveBack = ({ sent, response }) => {
    const { text, client_id: id } = composer.elements;
    /* Under the same id it is the same message, if it did arrive. */
    if (!text.value) id.value = sent.id;
    text.value = text.value ? `${sent.words}\n${text.value}` : sent.words;
    keepDraft(text);
    attach(sent.attached ?? attached);
    if (response?.status === 422) return;
    const line = document.createElement("p");
    line.className = "errorlist";
    line.textContent = composer.dataset.unsent;
    document.getElementById("composer-told").replaceChildren(line);
  };
  if (composer) {
    const { text } = composer.elements;
    text.value ||= sessionStorage.getItem(draft) ?? "";
    attach(text.value ? JSON.parse(sessionStorage.getItem(`${draft}:file`)) : null);
    text.addEventListener("input", () => keepDraft(text));
    composer.addEventListener("htmx:config:request", ({ detail }) => takeWords(detail.ctx));
    composer.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
      if (ctx.response?.status !== 200) giveBack(ctx);
    });
  }
  /* Whoever signs in next finds nobody's drafts. */
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[action$='/sign-out']")) sessionStorage.clear();
  });

  /* A dialog whose form was refused comes back open; here it stands over the page like any other. */
  document.querySelectorAll("dialog[open]").forEach((dialog) => {
    dialog.open = false;
    dialog.showModal();
  });

  /* While no file is chosen, the browser's own words for that, in its own language, are not shown. */
  const tellFile = (input) => input.toggleAttribute("data-empty", !input.files.length);
  document.querySelectorAll("[type=file]").forEach((input) => {
    tellFile(input);
    input.addEventListener("change", () => tellFile(input));
  });

  const locate = ({ form, dataset }) =>
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        form.elements.latitude.value = coords.latitude.toFixed(6);
        form.elements.longitude.value = coords.longitude.toFixed(6);
      },
      () => { form.querySelector("[data-locates-told]").textContent = dataset.refused; },
    );

  /* The pad writes where a keyboard would; a key that makes no amount does nothing. While it is there the
     phone's own keyboard stays away. */
  const pad = document.querySelector("[data-pad]");
  const press = (key) => {
    const { amount } = pad.elements;
    const written = key === "back" ? amount.value.slice(0, -1) : amount.value + key;
    if (RegExp(amount.dataset.fits).test(written)) amount.value = written;
    amount.focus();
  };
  if (pad) pad.elements.amount.inputMode = "none";

  document.addEventListener("click", (event) => {
    const hit = (name) => event.target.closest(`[data-${name}]`);
    let found;
    if (hit("theme-toggle")) switchTheme();
    else if ((found = hit("opens"))) {
      found.closest("[popover]")?.hidePopover();
      document.getElementById(found.dataset.opens)?.showModal();
    }
    else if ((found = hit("close"))) found.closest("dialog").close();
    else if ((found = hit("dismiss"))) found.closest(".toast").remove();
    else if ((found = hit("copy"))) copy(found);
    else if ((found = hit("reply"))) reply(found);
    else if (hit("detaches")) attach(null);
    else if ((found = hit("key"))) press(found.dataset.key);
    else if ((found = hit("locates"))) locate(found);
    else if ((found = hit("plays"))) new Audio(found.dataset.plays).play();
    else if ((found = hit("step-up"))) stepUp(found);
    else if (hit("print")) print();
    else if (event.target.nodeName === "DIALOG") event.target.close();
  });

  /* "/" goes to the search; Enter sends a message, Shift+Enter breaks the line. */
  const leaps = { o: "orders", c: "inbox", p: "payments", h: "overview" };
  let leapt = 0;
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.querySelector("[data-search]");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    }
    /* "g" and a letter open a page; "?" opens the help. */
    if (!isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const door = event.key === "?" ? "help" : Date.now() - leapt < 1500 && leaps[event.key];
      const link = door && document.querySelector(`[data-door="portal:${door}"]`);
      leapt = event.key === "g" ? Date.now() : 0;
      if (link) location.assign(link.href);
    }
    const isWriting = composer?.contains(event.target);
    const hasKeyboard = matchMedia("(hover: hover)").matches;
    if (isWriting && event.key === "Enter" && /^\/\S+$/.test(event.target.value.trim())) {
      const first = composer.querySelector("[data-reply]:not([hidden])");
      if (first) {
        event.preventDefault();
        reply(first);
        return;
      }
    }
    if (isWriting && event.key === "Enter" && !event.shiftKey && !event.isComposing && hasKeyboard) {
      event.preventDefault();
      composer.requestSubmit();
    }
  });

  /* A list that somebody is picking rows of stays as it is until they are done. */
  const isPicking = () => document.querySelector("[data-pick]:checked") !== null;

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) {
      document.querySelectorAll("[data-pick]").forEach((box) => { box.checked = event.target.checked; });
    }
    if (isMissed) tellNews();
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });

  /* Things in an order of their own can be dragged by their picture; buttons do the same. */
  let dragged = null;
  /* A card of the board, dropped on the next column, takes the step that its button takes. */
  let card = null;
  const isNext = ({ target }) => {
    const column = card && target.closest?.(".column");
    return Boolean(column) && column === card.closest(".column").nextElementSibling;
  };
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-sorts] > *") ?? null;
    card = event.target.closest?.("[data-card]") ?? null;
  });
  document.addEventListener("dragover", (event) => {
    if (isNext(event)) event.preventDefault();
    const over = dragged && event.target.closest?.("[data-sorts] > *");
    if (!over || over.parentNode !== dragged.parentNode) return;
    event.preventDefault();
    const rows = [...over.parentNode.children];
    if (over !== dragged) over[rows.indexOf(over) > rows.indexOf(dragged) ? "after" : "before"](dragged);
  });
  document.addEventListener("drop", (event) => {
    if (dragged || isNext(event)) event.preventDefault();
    if (isNext(event)) card.querySelector("[name=verb]").click();
  });
  document.addEventListener("dragend", () => {
    dragged?.closest("form").requestSubmit();
    dragged = card = null;
  });

  /* A passkey's form waits for the authenticator. Closing its window is no failure: the button stays. */
  const askPasskey = async (told, options) => {
    told.hidden = true;
    try {
      const asked = await options();
      const isNew = "user" in asked;
      const publicKey = isNew
        ? PublicKeyCredential.parseCreationOptionsFromJSON(asked)
        : PublicKeyCredential.parseRequestOptionsFromJSON(asked);
      return JSON.stringify(await navigator.credentials[isNew ? "create" : "get"]({ publicKey }));
    } catch {
      told.hidden = false;
      return "";
    }
  };
  const ofThePage = () => JSON.parse(document.getElementById("passkey-options").textContent);
  const takePasskey = async (form) => {
    const told = form.querySelector(":scope > [data-passkey-told]");
    form.elements.credential.value = await askPasskey(told, ofThePage);
    return form.elements.credential.value !== "";
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-passkey]");
    if (!form || form.elements.assertion?.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (await takePasskey(form)) form.submit();
  });

  /* A passkey in the place of a code approves the form as it stands, so it is asked over what the form says. */
  const stepUp = async (button) => {
    const { form } = button;
    if (form.dataset.asks) return;
    form.dataset.asks = "yes";
    const sends = form.querySelector("[type=submit]");
    const { assertion } = form.elements;
    if (!form.matches("[data-passkey]") || (await takePasskey(form))) {
      assertion.value = await askPasskey(button.closest(".stack-s").querySelector("[data-passkey-told]"), async () => {
        const body = new FormData(form, sends);
        body.set("step_up_of", new URL(form.action).pathname);
        return (await fetch(button.dataset.stepUp, { method: "POST", body })).json();
      });
    }
    delete form.dataset.asks;
    if (assertion.value) form.requestSubmit(sends);
  };

  /* Pushes: this browser asks for them, and the form says where they go. */
  const takePushes = async (form) => {
    const told = form.querySelector("[data-push-told]");
    told.hidden = true;
    try {
      await navigator.serviceWorker.register(form.dataset.push, { scope: "/portal/" });
      const worker = await navigator.serviceWorker.ready;
      const wish = { userVisibleOnly: true, applicationServerKey: form.dataset.key };
      const { endpoint, keys } = (await worker.pushManager.subscribe(wish)).toJSON();
      Object.entries({ endpoint, ...keys }).forEach(([name, value]) => { form.elements[name].value = value; });
      form.submit();
    } catch {
      told.hidden = false;
    }
  };
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-push]");
    if (!form) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    takePushes(form);
  });

  /* A form is sent once: a second press while the first is on its way does nothing. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.dataset.composer !== undefined) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
    document.querySelectorAll("[name=assertion]").forEach((answer) => { answer.value = ""; });
  });

  /* Moments: "3 min ago" while they are young; the full date stays in the title. */
  const steps = [[60, 1, "second"], [3600, 60, "minute"], [86400, 3600, "hour"]];
  const age = new Intl.RelativeTimeFormat(`${root.lang}-u-nu-latn`, { numeric: "auto", style: "narrow" });
  const ahead = Date.parse(document.body.dataset.now) - Date.now() || 0;
  const tellAges = () => {
    document.querySelectorAll("time[data-ago]").forEach((moment) => {
      const seconds = (Date.now() + ahead - Date.parse(moment.dateTime)) / 1000;
      const step = steps.find(([limit]) => seconds >= 0 && seconds < limit);
      if (step) moment.textContent = age.format(-Math.floor(seconds / step[1]), step[2]);
    });
  };
  tellAges();
  setInterval(tellAges, 30000);

  /* What is chosen in a row that can be wider than the screen is in sight: a chip, or the board's first card. */
  document.querySelectorAll(".chips > [aria-current], .board > :has(.ticket)").forEach((chosen) => {
    const row = chosen.parentElement;
    if (!row.scrollLeft) row.scrollLeft += chosen.getBoundingClientRect().left - row.getBoundingClientRect().left - 24;
  });

  /* Parts that a page leaves for later fetch themselves once it stands. */
  addEventListener("load", () => document.body.dispatchEvent(new CustomEvent("opened")));

  /* The event stream only says that there is news; parts that show it fetch themselves again.
     So a lost event costs nothing: after a reconnect everything is fetched once more.
     A rush of events fetches at most every 1.5 s, which keeps news under 2 s on the screen. */
  let stream = document.querySelector("[data-stream]");
  const state = document.querySelector("[data-link-state]");
  let isGrown = false;
  let isWaiting = false;
  let isMissed = false;
  let lastTold = 0;
  let connections = 0;
  const tellNews = () => {
    isMissed = isPicking();
    if (isWaiting || isGrown || isMissed) return;
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      lastTold = Date.now();
      document.body.dispatchEvent(new CustomEvent("news"));
    }, Math.max(150, lastTold + 1500 - Date.now()));
  };
  const tellLink = (isUp) => {
    if (state) state.textContent = isUp ? "" : say("reconnecting");
    if (isUp && connections++ > 0) tellNews();
  };
  /* A sound for what somebody wants to hear; of several tabs one plays it. */
  const play = (file) => new Audio(file).play().catch(() => {});
  const party = () => new URL(stream.getAttribute("hx-sse:connect"), location).searchParams.get("party");
  const kindOf = ({ kind, data }) => {
    if (kind === "message.created" && data.sender !== party() && data.type !== "order") return "message";
    if (kind === "order" && data.state === "placed") return "order";
    return kind === "payment" && data.kind === "purchase" && data.state === "completed" && "payment";
  };
  const sound = ({ data }) => {
    const wanted = say("sounds").split(" ");
    if (matchMedia("(prefers-reduced-motion: reduce)").matches || !say("sound")) return;
    if (wanted.includes(kindOf(JSON.parse(data)))) {
      navigator.locks?.request("troco-sound", { ifAvailable: true }, async (lock) => {
        if (lock) await Promise.all([play(say("sound")), new Promise((done) => setTimeout(done, 1500))]);
      });
    }
  };
  const hear = () => {
    stream.addEventListener("htmx:sse:before:message", (event) => {
      event.preventDefault();
      tellNews();
      sound(event.detail.message);
    });
    stream.addEventListener("htmx:sse:after:connection", () => tellLink(true));
    stream.addEventListener("htmx:sse:before:connection", (event) => {
      if (event.detail.connection.attempt > 0 && !document.hidden) tellLink(false);
    });
    stream.addEventListener("htmx:sse:error", () => tellLink(false));
  };
  if (stream) hear();

  /* The library comes back to a stream that it heard once; the first connection is ours to try
     again, on a fresh element. */
  const connectAgain = () => {
    connections ||= 1;
    tellLink(false);
    setTimeout(() => {
      const fresh = stream.cloneNode();
      stream.replaceWith(fresh);
      stream = fresh;
      hear();
      htmx.process(stream);
    }, 1000 + Math.random() * 2000);
  };

  /* A part that could not fetch itself keeps what it shows, and asks again until it can: while the
     server starts anew it answers nothing, or that it is not ready. */
  const askAgain = (event) => {
    const { sourceElement, response } = event.detail?.ctx ?? {};
    if (response?.status < 500) return;
    if (sourceElement && sourceElement === stream) connectAgain();
    if (sourceElement?.matches?.('[hx-trigger^="news"]')) setTimeout(tellNews, 2000);
  };
  document.addEventListener("htmx:error", askAgain);
  document.addEventListener("htmx:response:error", askAgain);

  document.addEventListener("htmx:after:swap", (event) => {
    const source = event.detail?.ctx?.sourceElement;
    if (source?.matches?.("[data-grows]")) isGrown = true;
    tellAges();
  });
})();
