/* A guest's page asks whether it still stands: it goes at once when it was revoked, and is drawn anew when money has
   moved. Where nothing can be asked the page stays as it is; the server decides about everything else anyway. */
(function () {
  "use strict";
  var body = document.body, busy = false;

  function leave() {
    document.getElementById("main").replaceChildren();
    location.reload();
  }

  function look() {
    if (busy || document.hidden) return;
    busy = true;
    fetch(body.dataset.news, { cache: "no-store" }).then(function (answer) {
      if (answer.status === 410) return leave();
      if (answer.status !== 200) return;
      return answer.text().then(function (version) {
        if (version !== body.dataset.version) location.reload();
      });
    }).catch(function () {}).then(function () { busy = false; });
  }

  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", function (event) { if (event.persisted) look(); });
})();
