// Fills the list of a search box while one types. Without this file the box offers the tags alone.
(function () {
  "use strict";
  document.querySelectorAll("input[data-suggest]").forEach(function (box) {
    var list = document.getElementById(box.getAttribute("list"));
    var waiting = null, asked = "";
    if (!list) { return; }
    box.addEventListener("input", function () {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(function () {
        var typed = box.value.trim();
        if (typed.length < 2 || typed === asked) { return; }
        asked = typed;
        fetch(box.dataset.suggest + "?q=" + encodeURIComponent(typed)).then(function (answer) {
          return answer.ok ? answer.json() : [];
        }).then(function (found) {
          if (!found.length || asked !== typed) { return; }
          list.replaceChildren.apply(list, found.map(function (one) {
            var option = document.createElement("option");
            option.value = one.value;
            if (one.label) { option.label = one.value + " " + one.label; }
            return option;
          }));
        }).catch(function () { /* the box works without */ });
      }, 150);
    });
  });
})();
