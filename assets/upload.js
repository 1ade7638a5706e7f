/* The office adds files: one request for each, with what is sent of it, and a sentence for each that is refused.
   Loaded by pages that have such a field; it writes only into the list that the page leaves empty. */
(function () {
  "use strict";
  if (window.uploadsFiles) return;
  window.uploadsFiles = true;
  /* One at a time, in the order in which they were given. */
  var turn = Promise.resolve();

  /* What turns the letters of a name round would turn our own sentence behind it as well. */
  function plain(name) { return name.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, ""); }

  function row(list, name) {
    var item = document.createElement("li"), words = document.createElement("p"), bar = document.createElement("progress");
    words.className = "text";
    words.textContent = name;
    bar.className = "progress";
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", name);
    item.append(words, bar);
    list.append(item);
    return { tell: function (sentence, wrong) {
      bar.remove();
      words.textContent = name + ": " + sentence;
      words.className = wrong ? "text problem" : "text muted";
    }, bar: bar };
  }

  function sentence(request) {
    var answer = {};
    try { answer = JSON.parse(request.responseText); } catch (error) { answer = {}; }
    var first = answer.files && answer.files[0];
    if (first && first.id) return ["Added.", false];
    if (first && first.sentence) return [first.sentence, true];
    return [answer.sentence || "This could not be added. Please load the page again.", true];
  }

  function send(file, address, kind, shown) {
    return new Promise(function (done) {
      var request = new XMLHttpRequest(), form = new FormData();
      form.append("kind", kind);
      form.append("files", file, file.name);
      request.upload.onprogress = function (event) {
        if (!event.lengthComputable) return;
        /* All is sent: now it is looked at, and nobody knows how long that takes. */
        if (event.loaded < event.total) shown.bar.value = event.loaded / event.total;
        else shown.bar.removeAttribute("value");
      };
      request.onload = function () { shown.tell.apply(null, sentence(request)); };
      request.onerror = request.ontimeout = function () {
        shown.tell("The connection broke. Please add it again.", true);
      };
      request.onloadend = done;
      request.timeout = 600000;
      request.open("POST", address);
      request.send(form);
    });
  }

  function take(input) {
    if (!input || !input.files.length) return;
    var list = document.getElementById(input.dataset.uploads), form = input.form, most = Number(input.dataset.most);
    var chosen = form.querySelector("[name=kind]:checked"), kind = chosen ? chosen.value : "";
    var address = form.getAttribute("action");
    if (!list.querySelector("progress")) list.replaceChildren();
    Array.from(input.files).forEach(function (file, place) {
      var shown = row(list, plain(file.name));
      if (place >= most) shown.tell("At most " + most + " files at once. Please add this one afterwards.", true);
      else if (file.size > Number(input.dataset.bytes)) shown.tell(input.dataset.large, true);
      else turn = turn.then(function () { return send(file, address, kind, shown); });
    });
    /* The same file may be chosen again. */
    input.value = "";
  }

  document.addEventListener("change", function (event) { take(event.target.closest("input[data-uploads]")); });
  /* Somebody may have been faster than this script. */
  document.querySelectorAll("input[data-uploads]").forEach(take);

  /* A file that is dropped beside the field would take the place of the page. */
  ["dragover", "drop"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      if (document.querySelector("[data-uploads]") && !event.target.closest(".drop")) event.preventDefault();
    });
  });

  addEventListener("beforeunload", function (event) {
    if (document.querySelector("[data-uploads]") && document.querySelector("#upload-list progress")) event.preventDefault();
  });
})();
