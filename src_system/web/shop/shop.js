/** The shop's page: everything put together, and begun. */

import { Cart } from './cart.js';
import { Drawer } from './drawer.js';
import { at, el } from './elements.js';
import { Initiator } from './initiator.js';
import { Meter } from './meter.js';
import { page, say } from './page.js';
import { Panel } from './panel.js';
import { Phone } from './phone.js';
import { explainProblem } from './reasons.js';
import { ask, enter } from './server.js';
import { Settings } from './settings.js';
import { Trace } from './trace.js';
import { Typed } from './typed.js';

/** Both ways side by side, once both have been gone. */
function compare() {
  const [quick, slow] = [meters.ctp, meters.typed];
  const shown = at('verdict');
  shown.hidden = !(quick.ended && slow.ended);
  if (shown.hidden) return;
  const fields = slow.fields.size - quick.fields.size;
  const seconds = slow.seconds - quick.seconds;
  const isFair = !quick.helped && !slow.helped;
  const told = [
    summary('clickToPay', quick), summary('typed', slow),
    ...(isFair && fields > 0 && seconds >= 0 ? [say('faster', { fields, seconds })] : []),
  ];
  shown.replaceChildren(...told.map((text) => el('span', {}, text)));
}

/**
 * @param {string} way
 * @param {Meter} meter
 */
function summary(way, meter) {
  const values = { way: say(way), fields: meter.fields.size, seconds: meter.seconds };
  return say(meter.helped ? 'helped' : 'summary', values);
}

/** The choices hold at once, and everything begins again. */
function listenToChoices() {
  const choices = /** @type {HTMLFormElement} */ (at('choices'));
  for (const select of choices.querySelectorAll('select')) select.addEventListener('change', () => choices.requestSubmit());
  // A page that comes back as it was left shows what was chosen when leaving.
  window.addEventListener('pageshow', (event) => {
    // Its button #reset stands where the form's own `reset` was.
    if (event.persisted) HTMLFormElement.prototype.reset.call(choices);
  });
  at('reset').addEventListener('click', async () => {
    await ask('POST', 'reset', {}).catch(() => undefined); // of a visit that is over nothing is left
    localStorage.removeItem('src-system-shop');
    Settings.forget();
    window.location.assign(`/demo/?market=${page.market.code}&lang=${page.language}`);
  });
}

/** @param {any} problem what kept the shop closed */
function stayClosed(problem) {
  const text = explainProblem(problem);
  at('ctp-screen').replaceChildren(el('p', { class: 'problem', role: 'alert', 'data-testid': 'note' }, text));
}

async function open() {
  const visit = await enter(page.market.code);
  const settings = new Settings(visit.switches);
  const asked = new URLSearchParams(window.location.search);
  const scene = page.scenes.find((one) => one.name === asked.get('scene'));
  if (scene) await settings.play(scene);
  for (const name of asked.getAll('switch').filter((one) => page.switches.includes(one))) {
    const network = page.networks.find((one) => one.name === asked.get('network'));
    await settings.place(name, network?.name ?? 'everywhere');
  }
  const trace = new Trace();
  const initiator = new Initiator(trace, visit, { blocksCookies: settings.isOn('switchCookies') });
  const phone = new Phone(at('phone'));
  const typed = new Typed(at('typed-screen'), meters.typed, cart, visit.shopper);
  cart.addEventListener('change', () => typed.showTotal());
  const drawer = new Drawer(at('drawer'), { trace, initiator, phone, settings });
  if (scene) drawer.showScene(scene.name);
  const panel = new Panel({ root: at('ctp-screen'), meter: meters.ctp, cart, initiator, phone, settings });
  typed.onpaid = compare;
  panel.onpaid = (settled) => {
    drawer.showPayment(settled);
    compare();
  };
  await phone.begin();
  panel.wait(say('opening'));
  try {
    await initiator.begin();
  } catch (problem) {
    return panel.showProblem(problem);
  }
  await panel.begin();
}

const cart = new Cart();
const meters = { ctp: new Meter(at('ctp-meter')), typed: new Meter(at('typed-meter')) };
listenToChoices();
open().catch(stayClosed);
