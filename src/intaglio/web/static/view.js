// Two pictures of one size behind a curtain: deep zoom with OpenSeadragon, or plain pictures without it.
import { topLevel } from "./api.js";

const ACTS = ["fit", "one", "zoom", "pan"];

// Made when there is something to show: the viewer is most of what the page weighs. `made` hears whether it has deep zoom.
export function makeView(element, viewer, made) {
  let view = null, sources = null, at = 0.5;
  const begin = async () => {
    begun = true;
    const deep = Boolean(viewer) && await loaded(viewer);
    view = deep ? new DeepView(element) : new PlainView(element);
    made(deep);
    view.show(sources);
    view.curtain(at);
  };
  let begun = false;
  return {
    show(now) { sources = now; if (view) { view.show(now); } else if (!begun) { begin(); } },
    curtain(share) { at = share; if (view) { view.curtain(share); } },
    ...Object.fromEntries(ACTS.map((act) => [act, (...given) => view && view[act](...given)])),
  };
}

const loaded = (viewer) => new Promise((done) => {
  const script = Object.assign(document.createElement("script"), { src: viewer });
  script.onload = () => done(Boolean(window.OpenSeadragon));
  script.onerror = () => done(false);
  document.head.append(script);
});

class DeepView {
  constructor(element) {
    this.layers = [null, null];
    this.at = 0.5;
    // OpenSeadragon adds a style of its own where it finds none, which our policy forbids; this one does nothing.
    const inert = document.createElementNS("none", "style");
    inert.setAttribute("data-openseadragon-mobile-css", "");
    document.head.append(inert);
    this.viewer = OpenSeadragon({
      element, drawer: "canvas", showNavigationControl: false, animationTime: 0.35, visibilityRatio: 0.4, minZoomImageRatio: 0.6,
      maxZoomPixelRatio: 8, gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true }, keyboardNavEnabled: false,
    });
    this.viewer.canvas.removeAttribute("tabindex");
    for (const event of ["viewport-change", "animation", "resize", "open"]) { this.viewer.addHandler(event, () => this.clip()); }
  }

  // Sources from left to right; one alone fills the view. The same source with more rows takes the old one's place unseen.
  show(sources) {
    const size = `${sources[0].width}x${sources[0].height}`;
    if (size !== this.size) {
      this.viewer.world.removeAll();
      this.layers = [null, null];
      this.size = size;
      this.fresh = true;
    }
    [0, 1].forEach((place) => this.put(place, sources[place] && sources[place].rows ? sources[place] : null));
  }

  put(place, source) {
    const old = this.layers[place];
    if (old && source && old.key === source.key && old.rows === source.rows) { return; }
    if (!source) {
      if (old && old.item) { this.viewer.world.removeItem(old.item); }
      this.layers[place] = null;
      return;
    }
    const layer = { key: source.key, rows: source.rows, item: null };
    this.layers[place] = layer;
    this.viewer.addTiledImage({
      tileSource: {
        width: source.width, height: source.height, tileSize: 256, tileOverlap: 0, minLevel: 0, maxLevel: topLevel(source),
        getTileUrl: (level, x, y) => source.url(level, x, y), tileExists: (level, x, y) => source.has(level, y),
      },
      success: ({ item }) => this.placed(place, layer, old, item),
    });
  }

  placed(place, layer, old, item) {
    layer.item = item;
    if (this.layers[place] !== layer) { this.viewer.world.removeItem(item); return; }
    if (place === 0) { this.viewer.world.setItemIndex(item, old && old.item ? 1 : 0); }
    if (this.fresh) { this.fresh = false; this.viewer.viewport.goHome(true); }
    const settle = () => { if (old && old.item) { this.viewer.world.removeItem(old.item); old.item = null; } this.clip(); };
    if (item.getFullyLoaded()) { settle(); } else { item.addOnceHandler("fully-loaded-change", settle); }
    this.clip();
  }

  curtain(at) { this.at = at; this.clip(); }

  clip() {
    const right = this.layers[1], item = right && right.item;
    if (!item) { return; }
    const size = item.getContentSize(), point = new OpenSeadragon.Point(this.at * this.viewer.container.clientWidth, 0);
    const x = Math.max(0, Math.min(size.x, Math.round(item.viewerElementToImageCoordinates(point).x)));
    if (right.clipped === x && right.of === item) { return; }
    Object.assign(right, { clipped: x, of: item });
    item.setOpacity(x >= size.x ? 0 : 1);
    item.setClip(new OpenSeadragon.Rect(x, 0, Math.max(1, size.x - x), size.y));
  }

  fit() { this.viewer.viewport.goHome(); }

  one() {
    const viewport = this.viewer.viewport, item = this.viewer.world.getItemAt(0);
    if (item) { viewport.zoomTo(item.imageToViewportZoom(1 / (window.devicePixelRatio || 1))); }
  }

  zoom(factor) { this.viewer.viewport.zoomBy(factor).applyConstraints(); }

  pan(across, down) {
    const bounds = this.viewer.viewport.getBounds();
    this.viewer.viewport.panBy(new OpenSeadragon.Point(across * bounds.width, down * bounds.height)).applyConstraints();
  }
}

class PlainView {
  constructor(element) {
    this.element = element;
    element.classList.add("plain");
    this.keys = ["", ""];
    this.sheets = [0, 1].map(() => element.appendChild(document.createElement("div")));
    this.curtain(0.5);
    new ResizeObserver(() => this.fit()).observe(element);
  }

  show(sources) {
    this.size = sources[0];
    [0, 1].forEach((place) => this.put(place, sources[place]));
    this.fit();
  }

  // The tiles of the level below 2048 pixels, side by side.
  put(place, source) {
    const key = source ? `${source.key} ${source.rows}` : "", sheet = this.sheets[place];
    if (key === this.keys[place]) { return; }
    this.keys[place] = key;
    if (!source) { sheet.replaceChildren(); return; }
    const level = Math.min(11, topLevel(source)), scale = 2 ** (topLevel(source) - level);
    const across = Math.ceil(source.width / scale), down = Math.ceil(source.height / scale), images = [];
    for (let y = 0; y * 256 < down; y++) {
      for (let x = 0; x * 256 < across && source.has(level, y); x++) {
        const image = new Image();
        image.src = source.url(level, x, y);
        image.alt = "";
        Object.assign(image.style, { left: `${25600 * x / across}%`, top: `${25600 * y / down}%` });
        Object.assign(image.style, { width: `${100 * Math.min(256, across - 256 * x) / across}%`, height: `${100 * Math.min(256, down - 256 * y) / down}%` });
        images.push(image);
      }
    }
    Promise.allSettled(images.map((image) => image.decode())).then(() => this.keys[place] === key && sheet.replaceChildren(...images));
  }

  curtain(at) {
    this.at = at;
    const bounds = this.element.getBoundingClientRect(), sheet = this.sheets[1].getBoundingClientRect();
    const share = sheet.width ? (at * bounds.width - (sheet.left - bounds.left)) / sheet.width : at;
    this.sheets[1].style.clipPath = `inset(0 0 0 ${100 * Math.max(0, Math.min(1, share))}%)`;
  }

  fit() {
    if (!this.size) { return; }
    const scale = Math.min(this.element.clientWidth / this.size.width, this.element.clientHeight / this.size.height);
    for (const sheet of this.sheets) {
      Object.assign(sheet.style, { width: `${scale * this.size.width}px`, height: `${scale * this.size.height}px` });
    }
    this.curtain(this.at);
  }

  one() {}
  zoom() {}
  pan() {}
}
