/* What needs no server: an age that ticks, a password that can be looked at, a drawer, printing, what a link carries.
   Loaded in the head and bound to the document, so it works before the app does. It writes only where the app
   leaves elements empty, and only attributes anywhere else. */
(function () {
  "use strict";
  var root = document.documentElement;
  var units = [[60, "second"], [60, "minute"], [24, "hour"], [Infinity, "day"]];
  /* Made when an age is first said: it takes a phone longer than all the rest of this file. */
  var words;

  function fromAddress(name) {
    return new URLSearchParams(location.search).get(name) || "";
  }

  /* The stylesheet shows the sentence of this code word; nothing from the address is ever shown itself. */
  if (/^[a-z]{1,12}$/.test(fromAddress("e"))) {
    root.dataset.problem = fromAddress("e");
    document.addEventListener("DOMContentLoaded", function () {
      var box = document.querySelector("[data-problem-box]");
      if (box) box.focus({ preventScroll: true });
    });
  }

  function age(seconds) {
    if (seconds < 5) return "just now";
    words = words || new Intl.RelativeTimeFormat(root.lang || "en", { numeric: "always" });
    for (var value = seconds, i = 0; ; i++) {
      if (value < units[i][0]) return words.format(-value, units[i][1]);
      value = Math.floor(value / units[i][0]);
    }
  }

  /* data-age: a moment; data-age-from: the age in seconds below which nothing is said. */
  function tick() {
    document.querySelectorAll("[data-age]").forEach(function (element) {
      /* A clock that is behind sees moments that are still to come. */
      var seconds = Math.max(0, Math.floor((Date.now() - Date.parse(element.dataset.age)) / 1000));
      var text = seconds >= (element.dataset.ageFrom || 0) ? ", " + age(seconds) : "";
      if (element.textContent !== text) element.textContent = text;
    });
  }

  function control(event, name) {
    var button = event.target.closest("[data-" + name + "]");
    return button && document.getElementById(button.getAttribute("data-" + name));
  }

  /* Without a secure context there is no clipboard; the old way still works there. */
  function copy(field, button) {
    var text = field.select ? field.value : field.textContent;
    if (field.select) field.select();
    else getSelection().selectAllChildren(field);
    var before = document.querySelector("[data-copied]");
    if (before) delete before.dataset.copied;
    var done = navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject();
    done.catch(function () { document.execCommand("copy"); }).then(function () { button.dataset.copied = ""; });
  }

  /* data-points: a picture in which a click sets the two percentages of a form, and sends it. */
  function point(form, event) {
    var box = event.target.closest("[data-points]").getBoundingClientRect();
    form.elements.x.value = Math.round(100 * (event.clientX - box.left) / box.width);
    form.elements.y.value = Math.round(100 * (event.clientY - box.top) / box.height);
    form.requestSubmit();
  }

  /* data-sends: a chosen file is sent at once, unless it has more bytes than that: then the page says so. */
  document.addEventListener("change", function (event) {
    var input = event.target.closest("input[data-sends]");
    if (!input || !input.files.length) return;
    if (input.files[0].size > Number(input.dataset.sends)) location.assign(input.dataset.large);
    else input.form.requestSubmit();
  });

  document.addEventListener("click", function (event) {
    var field = control(event, "reveals");
    if (field) field.type = field.type === "password" ? "text" : "password";
    if (event.target.closest("[data-prints]")) print();
    var panel = event.target.closest("[popover]");
    if (panel && event.target.closest("a")) panel.hidePopover();
    var copied = control(event, "copies");
    if (copied) copy(copied, event.target.closest("[data-copies]"));
    var opens = control(event, "opens");
    if (opens) opens.showModal();
    var closes = control(event, "closes");
    if (closes) closes.close();
    var points = control(event, "points");
    if (points) point(points, event);
    /* A dialog itself is only hit beside its content, on the backdrop; a link in it leads away from it. */
    var dialog = event.target.closest("dialog");
    if (dialog && (event.target === dialog || event.target.closest("a[href]"))) dialog.close();
  });

  /* data-asks: a button whose answer is another site's page, and may be slow or never come. It says so from the press
     on, and none is taken until the answer leads away, stays here (data-answers counts those) or does not come. */
  var asked = null, place = null, before = "", patience;
  function ask(button) {
    var section = button.closest("section");
    place = section && section.querySelector("[data-answers]");
    if (!place) return;
    asked = button;
    before = place.dataset.answers;
    button.setAttribute("aria-busy", "true");
    document.querySelectorAll("[data-asks]").forEach(function (one) { one.setAttribute("aria-disabled", "true"); });
    place.dataset.waits = "";
    place.textContent = button.querySelector(".when-busy").textContent;
    wait(navigator.onLine ? 6 : 1);
  }
  function wait(seconds) {
    clearTimeout(patience);
    patience = setTimeout(function () { answered(place.dataset.unanswered); }, 1000 * seconds);
  }
  function answered(words) {
    clearTimeout(patience);
    document.querySelectorAll("[data-asks]").forEach(function (one) {
      one.removeAttribute("aria-busy");
      one.removeAttribute("aria-disabled");
    });
    delete place.dataset.waits;
    place.textContent = words;
    asked = null;
  }
  function heard() {
    if (place && (place.dataset.answers !== before || (asked && !asked.isConnected))) answered(""), place = null;
  }
  function pressed(event) {
    var button = event.type === "click" ? event.target.closest("[data-asks]") : event.submitter;
    if (!button || !button.matches("[data-asks]")) return;
    if (asked) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (event.type === "submit" || button.type !== "submit") ask(button);
  }
  document.addEventListener("click", pressed, true);
  document.addEventListener("submit", pressed, true);
  addEventListener("pageshow", function () { if (asked) answered(""); });

  /* A photo opens over the screen, by gallery.js; whoever is faster than that script waits for it. */
  document.addEventListener("click", function (event) {
    var thumb = event.target.closest("[data-views]");
    if (!thumb || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (window.opensPhoto) return window.opensPhoto(thumb);
    var script = document.createElement("script");
    script.src = "/gallery.js";
    script.onload = function () { window.opensPhoto(thumb); };
    script.onerror = function () { location.assign(thumb.href); };
    document.head.append(script);
  });

  /* The office's palette: its script is fetched once it is opened. */
  var palette;
  document.addEventListener("focusin", function (event) {
    if (event.target.id !== "palette-field" || palette) return;
    palette = document.createElement("script");
    palette.src = "/palette.js";
    document.head.append(palette);
  });
  document.addEventListener("keydown", function (event) {
    var dialog = document.getElementById("palette");
    if (!dialog || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else if (!document.querySelector("dialog[open]")) dialog.showModal();
  });
  if (/Mac|iP(hone|ad)/.test(navigator.platform)) root.dataset.mac = "";

  var leaves = false;
  document.addEventListener("submit", function (event) {
    leaves = event.target.matches("[data-leaves]");
    /* A password that is sent as text would be remembered as text. */
    event.target.querySelectorAll("[data-reveals]").forEach(function (button) {
      document.getElementById(button.dataset.reveals).type = "password";
    });
    var next = event.target.querySelector("input[name=next]");
    if (next) next.value = fromAddress("next");
  });

  /* The office may change the brand while a page is open: from its next navigation on the new one counts. Pictures
     that appear later are fetched anew as well: a page shows an address it knows without asking again. */
  var brand = "", rebranded = false, startsIn = "";
  function rebrand() {
    var main = document.querySelector("main[data-brand]");
    var now = main ? main.dataset.brand : "", theme = main ? main.dataset.startsIn : "";
    /* The first word is what theme.js said as well, or an older one; who has chosen a theme keeps it. */
    if (theme && startsIn && theme !== startsIn) window.startsIn(theme);
    startsIn = theme || startsIn;
    if (now && rebranded) repaint(now);
    if (!now || now === brand) return;
    var sheet = document.querySelector("link[href^='/brand.css']");
    if (brand) {
      if (sheet) sheet.href = "/brand.css?" + now;
      rebranded = true;
      repaint(now);
    }
    brand = now;
  }

  function repaint(now) {
    document.querySelectorAll("img[src^='/brand/']").forEach(function (picture) {
      var address = new URL(picture.src);
      if (address.searchParams.get("v") === now) return;
      address.searchParams.set("v", now);
      picture.src = address.pathname + address.search;
    });
  }

  /* A part that the address names comes into sight as soon as it is there, a question opened; once, unless the page
     draws it anew. */
  var named = null;
  function openNamed() {
    var part = location.hash && document.getElementById(location.hash.slice(1));
    if (!part || part === named) return;
    named = part;
    if (part.tagName === "DETAILS") part.open = true;
    part.scrollIntoView();
  }
  addEventListener("hashchange", function () { named = null; openNamed(); });

  /* A link inside the app takes the page away together with the focus. The new page's heading gets it, so that it is
     read out and the keyboard goes on from there; again where it is drawn anew, until somebody does something. */
  var path = location.pathname, arrives = false;
  function arrive() {
    if (path !== location.pathname) arrives = true;
    path = location.pathname;
    var heading = arrives && document.activeElement === document.body && document.querySelector("main h1");
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
  ["keydown", "pointerdown"].forEach(function (act) { addEventListener(act, function () { arrives = false; }, true); });

  /* data-title: what the tab is called once the page knows which record it shows. */
  function entitle() {
    var heading = document.querySelector("[data-title]");
    var title = heading && heading.dataset.title;
    if (title && document.title !== title) document.title = title;
  }

  function changed() { tick(); rebrand(); openNamed(); arrive(); heard(); entitle(); }

  /* The edge of the browser or of the phone's own bar, in the brand's colour of this theme. */
  var edge = document.createElement("meta");
  edge.name = "theme-color";
  function tint() {
    edge.content = getComputedStyle(root).getPropertyValue("--brand-panel").trim();
    if (!edge.isConnected) document.head.append(edge);
  }
  document.addEventListener("load", function (event) {
    if (event.target.matches && event.target.matches("link[href^='/brand.css']")) tint();
  }, true);
  new MutationObserver(tint).observe(root, { attributeFilter: ["class"] });

  /* The page for when there is no connection is fetched when everything else has been; only https and this machine
     itself have such a thing. */
  addEventListener("load", function () {
    tint();
    /* Browsers that refuse it, as some do in private windows, miss nothing but that page. */
    if (navigator.serviceWorker) navigator.serviceWorker.register("/sw.js").catch(function () {});
  });

  /* A click on a file, a telephone number or a mail asks whether the page may go, and then it stays. The app hangs up
     on that question; when a page really goes, its pagehide does. Only data-leaves, signing out, hangs up before. The
     next page may be slow. */
  addEventListener("beforeunload", function (event) {
    if (!leaves) event.stopImmediatePropagation();
    if (asked) wait(20);
  }, true);

  setInterval(tick, 1000);
  new MutationObserver(changed).observe(
    root, { subtree: true, childList: true,
            attributeFilter: ["data-age", "data-answers", "data-brand", "data-starts-in", "data-title"] });
})();
