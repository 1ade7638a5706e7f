/* What needs no server: an age that ticks, a password that can be looked at, a drawer, printing, what a link carries.
   Loaded in the head and bound to the document, so it works before the app does. It writes only where the app
   leaves elements empty, and only attributes anywhere else. */
(function () {
  "use strict";
  var root = document.documentElement;
  var units = [[60, "second"], [60, "minute"], [24, "hour"], [Infinity, "day"]];
  var words = new Intl.RelativeTimeFormat(root.lang || "en", { numeric: "always" });

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
    field.select();
    var done = navigator.clipboard ? navigator.clipboard.writeText(field.value) : Promise.reject();
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

  /* data-menu: what a button with popovertarget opens. Arrows move in it, and open it; a menu in the strict sense
     takes the focus, and gives it back by Escape, which is the browser's own work. `here` puts it below its button. */
  function menuOf(element) {
    var named = element.getAttribute && document.getElementById(element.getAttribute("popovertarget"));
    return named && "menu" in named.dataset ? named : null;
  }

  function rows(menu) {
    return Array.from(menu.querySelectorAll("button:not(:disabled), a[href]"));
  }

  function moveIn(menu, event) {
    var all = rows(menu), place = all.indexOf(document.activeElement), to;
    if (event.key === "ArrowDown") to = (place + 1) % all.length;
    else if (event.key === "ArrowUp") to = (Math.max(place, 0) + all.length - 1) % all.length;
    else if (event.key === "Home") to = 0;
    else if (event.key === "End") to = all.length - 1;
    else if (event.key === "Tab" && menu.getAttribute("role") === "menu") menu.hidePopover();
    else if (/^\S$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      to = all.concat(all).findIndex(function (row, index) {
        return index > place && row.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase());
      }) % all.length;
    }
    if (!all[to]) return;
    event.preventDefault();
    all[to].focus();
  }

  function place(menu) {
    var button = document.querySelector("[popovertarget='" + menu.id + "']").getBoundingClientRect();
    var down = button.bottom + 4 + menu.offsetHeight <= innerHeight;
    menu.style.inset = "auto";
    menu.style.top = Math.max(4, down ? button.bottom + 4 : button.top - 4 - menu.offsetHeight) + "px";
    menu.style.left = Math.max(4, Math.min(button.left, innerWidth - menu.offsetWidth - 4)) + "px";
  }

  function shutMenus() {
    document.querySelectorAll("[data-menu=here]:popover-open").forEach(function (menu) { menu.hidePopover(); });
  }

  document.addEventListener("keydown", function (event) {
    var menu = event.target.closest("[data-menu]"), opens = menuOf(event.target);
    if (menu) moveIn(menu, event);
    else if (opens && /^Arrow(Down|Up)$/.test(event.key)) {
      event.preventDefault();
      opens.showPopover();
      rows(opens).at(event.key === "ArrowUp" ? -1 : 0).focus();
    }
  });
  /* The event does not rise to the document. */
  document.addEventListener("toggle", function (event) {
    var menu = event.target;
    if (event.newState !== "open" || !menu.dataset || !("menu" in menu.dataset)) return;
    if (menu.dataset.menu === "here") place(menu);
    if (menu.getAttribute("role") === "menu" && !menu.contains(document.activeElement)) rows(menu)[0].focus();
  }, true);
  addEventListener("scroll", shutMenus, { passive: true });
  addEventListener("resize", shutMenus);
  document.addEventListener("click", function (event) {
    if (event.target.closest("[role=menuitem]")) shutMenus();
  });

  document.addEventListener("submit", function (event) {
    /* A password that is sent as text would be remembered as text. */
    event.target.querySelectorAll("[data-reveals]").forEach(function (button) {
      document.getElementById(button.dataset.reveals).type = "password";
    });
    var next = event.target.querySelector("input[name=next]");
    if (next) next.value = fromAddress("next");
  });

  /* The office may change the brand while a page is open: from its next navigation on the new one counts. Pictures
     that appear later are fetched anew as well: a page shows an address it knows without asking again. */
  var brand = "", rebranded = false;
  function rebrand() {
    var main = document.querySelector("main[data-brand]");
    var now = main ? main.dataset.brand : "";
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

  /* A question that the address names is opened, once, as soon as it is there. */
  var named = "";
  function openNamed() {
    var id = location.hash.slice(1);
    if (id === named) return;
    var part = id && document.getElementById(id);
    if (id && !part) return;
    named = id;
    if (part && part.tagName === "DETAILS") {
      part.open = true;
      part.scrollIntoView();
    }
  }
  addEventListener("hashchange", function () { named = ""; openNamed(); });

  function changed() { tick(); rebrand(); openNamed(); }

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

  setInterval(tick, 1000);
  new MutationObserver(changed).observe(
    root, { subtree: true, childList: true, attributeFilter: ["data-age", "data-brand"] });
})();
