/* The office's palette: the arrows move through what was found, Enter goes there.
   page.js fetches it when it is first opened. It writes nothing but attributes, and what stands in the field. */
(function () {
  "use strict";
  /* Enter was pressed before the answer to what is typed was there. */
  var waiting = null, shown = "";

  function part(name) { return document.getElementById("palette" + (name ? "-" + name : "")); }
  function options() { return Array.from(part("list").querySelectorAll("[role=option]")); }
  function chosen() { return part("list").querySelector("[aria-selected=true]"); }
  function stale() { return part("list").dataset.for !== part("field").value; }

  function choose(option) {
    options().forEach(function (one) { one.setAttribute("aria-selected", one === option); });
    if (!option) { part("field").removeAttribute("aria-activedescendant"); return; }
    part("field").setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function move(by) {
    var all = options();
    if (!all.length) return;
    var at = all.indexOf(chosen());
    choose(all[(at + by + all.length) % all.length]);
  }

  function go(event) {
    var option = chosen();
    /* As a click with the same keys: the app's router follows it, or the browser opens another tab. */
    if (option) option.dispatchEvent(new MouseEvent("click",
      { bubbles: true, cancelable: true, ctrlKey: event.ctrlKey, metaKey: event.metaKey, shiftKey: event.shiftKey }));
  }

  function answered() {
    if (!part("list")) return;
    part("list").toggleAttribute("data-stale", stale());
    if (stale()) return;
    var all = options();
    var now = part("list").dataset.for + "\n" + all.map(function (one) { return one.id; }).join();
    if (now !== shown || (all.length && !chosen())) choose(all[0]);
    shown = now;
    if (waiting) { var event = waiting; waiting = null; go(event); }
  }

  document.addEventListener("keydown", function (event) {
    if (event.target !== part("field") || event.isComposing) return;
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key !== "Enter") return;
    else if (stale()) waiting = event;
    else go(event);
    event.preventDefault();
  });

  document.addEventListener("input", function (event) {
    if (event.target !== part("field")) return;
    waiting = null;
    part("list").toggleAttribute("data-stale", stale());
  });

  document.addEventListener("pointermove", function (event) {
    var option = event.target.closest && event.target.closest("#palette-list [role=option]");
    if (option && option !== chosen()) choose(option);
  });

  /* The event of a dialog that was shut does not rise to the document. */
  document.addEventListener("close", function (event) {
    if (event.target !== part()) return;
    waiting = null;
    part("field").value = "";
    choose(null);
  }, true);

  new MutationObserver(answered).observe(
    document.documentElement, { subtree: true, childList: true, attributeFilter: ["data-for"] });
  answered();
})();
