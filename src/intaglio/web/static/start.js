// The first paint comes first: nothing else is read, run or asked for before it.
const begin = () => import(new URL(document.documentElement.dataset.part || "app.js", import.meta.url));

// A tab in the background is not painted.
if (document.hidden) { begin(); } else { requestAnimationFrame(() => setTimeout(begin)); }
