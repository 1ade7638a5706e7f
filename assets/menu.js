/* Menus: the arrows move through them, letters jump, and they stand by their buttons. Only pages with menus load it. */
(function () {
  "use strict";
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
})();
