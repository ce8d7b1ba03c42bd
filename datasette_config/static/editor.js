// Datasette's SQL editor makes a text field of its own, which has no name: it gets that of the field it stands for.
addEventListener("load", () => {
  for (const field of document.querySelectorAll(".CodeMirror textarea")) field.setAttribute("aria-label", "SQL");
});
