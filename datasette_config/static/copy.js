// Buttons that copy the text they stand beside; without script there are none, and the text can be selected.
addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("button[data-copies]")) {
    const text = document.getElementById(button.dataset.copies);
    if (!text || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text.textContent.trim().replace(/\s+/g, " "));
      const told = button.textContent;
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = told; }, 2000);
    });
  }
});
