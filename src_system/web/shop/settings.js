/** What a visitor lets go wrong: at the networks through the shop's server, in the page by itself. */

import { page } from './page.js';
import { ask } from './server.js';

/** Kept by the page: they concern what it asks for, not what the networks answer. */
export const OF_PAGE = ['switchChallenge', 'switchCookies', 'switchPopup'];
const MEMORY = 'src-system-shop-switches';

export class Settings {
  /** @param {Record<string, string[]>} switches as the server has them */
  constructor(switches) {
    this.switches = switches;
    /** @type {Set<string>} */
    this.own = new Set(readOwn());
    /** @type {Promise<unknown>} the change before: each sends all switches, and would undo one under way */
    this.placing = Promise.resolve();
  }

  /** @param {string} name of the page's own */
  isOn(name) {
    return this.own.has(name);
  }

  /**
   * @param {string} name
   * @param {boolean} on
   */
  turn(name, on) {
    if (on) this.own.add(name);
    else this.own.delete(name);
    sessionStorage.setItem(MEMORY, JSON.stringify([...this.own]));
  }

  /**
   * Just what belongs to a scene, and nothing else.
   * @param {{switches: Record<string, string[]>, page: string[]}} scene
   */
  async play(scene) {
    this.own = new Set(scene.page);
    sessionStorage.setItem(MEMORY, JSON.stringify(scene.page));
    this.switches = await ask('PUT', 'switches', scene.switches);
  }

  /**
   * @param {string} name
   * @param {string} place a network, `everywhere` or nothing
   */
  async place(name, place) {
    const networks = place === 'everywhere' ? page.networks.map((one) => one.name) : place ? [place] : [];
    const placed = this.placing.then(async () => {
      this.switches = await ask('PUT', 'switches', { ...this.switches, [name]: networks });
    });
    this.placing = placed.catch(() => undefined);
    await placed;
  }

  /** @param {string} name @returns {string} where it is on, as `place` takes it */
  placeOf(name) {
    const networks = this.switches[name] ?? [];
    if (networks.length === 0) return '';
    return networks.length === page.networks.length ? 'everywhere' : networks[0];
  }

  static forget() {
    sessionStorage.removeItem(MEMORY);
  }
}

/** @returns {string[]} */
function readOwn() {
  const asked = new URLSearchParams(window.location.search).getAll('switch');
  try {
    const kept = JSON.parse(sessionStorage.getItem(MEMORY) ?? '[]');
    return [...kept, ...asked].filter((one) => OF_PAGE.includes(one));
  } catch {
    return asked.filter((one) => OF_PAGE.includes(one)); // somebody else wrote there
  }
}
