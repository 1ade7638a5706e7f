/* Photos over the full screen: opened by their thumbnails, gone through by arrows, buttons and swipes, which are the
   browser's own scrolling. Only pages with photos load it. It writes only where the app leaves an element empty. */
(function () {
  "use strict";
  if (window.opensPhoto) return;
  function track(viewer) { return viewer.querySelector(".viewer-track"); }
  function at(viewer) { return Math.round(track(viewer).scrollLeft / (track(viewer).clientWidth || 1)); }

  function tell(viewer) {
    var all = track(viewer).children, place = at(viewer);
    if (!all[place]) return;
    var caption = all[place].dataset.caption;
    var words = (place + 1) + " of " + all.length + (caption ? ": " + caption : "");
    var status = viewer.querySelector("[role=status]");
    if (status.textContent !== words) status.textContent = words;
    var keep = viewer.querySelector("[data-keep]"), address = all[place].dataset.download;
    keep.hidden = !address;
    if (address) keep.firstElementChild.href = address;
    viewer.querySelectorAll("[data-steps]").forEach(function (button) {
      var there = place + Number(button.dataset.steps);
      button.setAttribute("aria-disabled", there < 0 || there >= all.length);
    });
  }

  function show(viewer, place, smooth) {
    var last = track(viewer).children.length - 1;
    var still = !smooth || matchMedia("(prefers-reduced-motion: reduce)").matches;
    track(viewer).scrollTo({
      left: Math.max(0, Math.min(last, place)) * track(viewer).clientWidth, behavior: still ? "instant" : "smooth" });
    tell(viewer);
  }

  /* page.js calls it for the thumbnail that was pressed. */
  window.opensPhoto = function (thumb) {
    var viewer = document.getElementById(thumb.dataset.views);
    if (!viewer || viewer.open) return;
    viewer.showModal();
    show(viewer, Number(thumb.dataset.at));
  };

  document.addEventListener("click", function (event) {
    var step = event.target.closest("[data-steps]");
    if (step) show(step.closest("dialog"), at(step.closest("dialog")) + Number(step.dataset.steps), true);
  });

  document.addEventListener("keydown", function (event) {
    var viewer = event.target.closest(".viewer");
    if (!viewer) return;
    var steps = { ArrowLeft: at(viewer) - 1, ArrowRight: at(viewer) + 1, Home: 0, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    show(viewer, steps[event.key], true);
  });

  document.addEventListener("scroll", function (event) {
    if (event.target.matches && event.target.matches(".viewer-track")) tell(event.target.closest("dialog"));
  }, true);
})();
