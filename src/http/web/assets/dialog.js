/** Opens the forms that links lead to in a dialog, without leaving the page. Without this, the link opens the form's own page. */
const dialog = document.createElement("dialog");
dialog.setAttribute("aria-labelledby", "form-title");
document.body.append(dialog);

document.addEventListener("click", async (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target.closest("a");
  if (link?.matches("dialog a[data-close]")) {
    event.preventDefault();
    dialog.close();
  } else if (link?.matches("a[data-dialog]")) {
    event.preventDefault();
    if (!(await open(link.href))) location.assign(link.href);
  }
});

/** A click on the surroundings closes it. */
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});

/** A form is sent once, however often its button is pressed. */
document.addEventListener("submit", ({ target }) => {
  const button = target.querySelector("button:not([type=button])");
  if (target.method === "post" && button) setTimeout(() => button.setAttribute("disabled", ""));
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form button[disabled]")) button.removeAttribute("disabled");
});

async function open(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: 'text/html; fragment="form"' }, cache: "no-store" });
    const form = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("form");
    if (!answer.ok || form === null) return false;
    for (const [name, selector] of [
      ["href", "[href]"],
      ["action", "[action]"],
    ])
      for (const element of form.querySelectorAll(selector))
        if (!element.getAttribute(name).startsWith("#"))
          element.setAttribute(name, new URL(element.getAttribute(name), answer.url));
    dialog.replaceChildren(document.adoptNode(form));
    dialog.showModal();
    return true;
  } catch {
    return false;
  }
}
