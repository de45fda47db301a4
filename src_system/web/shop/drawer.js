/** Behind the counter: calls, networks, messages, tokens, the payment, what goes wrong, export. */

import { busy, el } from './elements.js';
import { page, say } from './page.js';
import { explainProblem } from './reasons.js';
import { ask } from './server.js';
import { OF_PAGE } from './settings.js';
import { Tabs } from './tabs.js';

const TABS = {
  calls: 'tabCalls', networks: 'tabNetworks', messages: 'tabMessages', tokens: 'tabTokens', payment: 'tabPayment',
  switches: 'tabSwitches', export: 'tabExport',
};
/** Page settings that hold for SDKs which are loaded already only after a reload. */
const AT_LOADING = 'switchCookies';

export class Drawer {
  /**
   * @param {HTMLElement} root
   * @param {object} parts
   * @param {import('./trace.js').Trace} parts.trace
   * @param {import('./initiator.js').Initiator} parts.initiator
   * @param {import('./phone.js').Phone} parts.phone
   * @param {import('./settings.js').Settings} parts.settings
   */
  constructor(root, { trace, initiator, phone, settings }) {
    this.trace = trace;
    this.initiator = initiator;
    this.phone = phone;
    this.settings = settings;
    this.tabs = new Tabs(root, say('behind'), Object.entries(TABS).map(([id, text]) => ({ id, text: say(text) })));
    trace.addEventListener('change', () => this.showCalls());
    initiator.addEventListener('change', () => { this.showNetworks(); this.showTokens(); });
    phone.addEventListener('change', () => this.showMessages());
    this.showCalls();
    this.showNetworks();
    this.showMessages();
    this.showTokens();
    this.showPayment(null);
    this.showSwitches();
    this.showExport();
  }

  showCalls() {
    const { calls } = this.trace;
    this.fill('calls', calls.length === 0 ? empty('callsNone') : el('ol', { class: 'calls' },
      ...calls.map((call) => el('li', {}, this.callRow(call))).reverse()));
  }

  /** @param {import('./trace.js').Call} call */
  callRow(call) {
    const label = page.networks.find((one) => one.name === call.network)?.label ?? call.network;
    const state = call.refused ? 'refused' : call.answered === undefined && call.milliseconds === undefined ? 'open' : 'ok';
    const row = el('details', { class: `call ${state}`, 'data-testid': 'call', 'data-method': call.method, 'data-network': call.network },
      el('summary', {},
        el('bdi', { class: 'call-network', lang: 'en', dir: 'ltr' }, label),
        el('code', { dir: 'ltr' }, call.method),
        call.refused ? el('code', { class: 'reason', dir: 'ltr' }, call.refused.reason) : null,
        call.milliseconds === undefined ? null
          : el('span', { class: 'quiet numbers took' }, say('callTook', { milliseconds: call.milliseconds }))));
    // Opened calls stay open when another one is added: details are filled when somebody looks.
    row.open = this.opened.has(call.number);
    row.addEventListener('toggle', () => {
      if (row.open) this.opened.add(call.number);
      else this.opened.delete(call.number);
      if (row.open && row.childElementCount === 1) row.append(...shownCall(call));
    });
    return row;
  }

  /** @type {Set<number>} */
  opened = new Set();

  showNetworks() {
    const rows = /** @type {[string, (one: import('./initiator.js').Known) => import('./elements.js').Child][]} */ ([
      ['stepReady', (one) => (one.sdk ? yes() : refusedBecause(one.problem))],
      ['stepRecognised', (one) => answered(one.recognised)],
      ['stepKnown', (one) => answered(one.known)],
      ['stepIssued', (one) => (one.issued ? yes() : say('notAsked'))],
      ['stepAccepted', (one) => this.accepted(one)],
      ['stepCards', (one) => (one.cards === null ? say('notAsked') : String(one.cards))],
    ]);
    const { networks } = this.initiator;
    this.fill('networks', el('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': say('tabNetworks') },
      el('table', { class: 'map' },
        el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, say('network')),
          ...networks.map((one) => el('th', { scope: 'col', lang: 'en' }, el('bdi', { class: `art-dot ${one.name}` }), el('bdi', {}, one.label))))),
        el('tbody', {}, ...rows.map(([key, of]) => el('tr', {},
          el('th', { scope: 'row' }, say(key)),
          ...networks.map((one) => el('td', { 'data-testid': `${key}-${one.name}` }, of(one)))))))));
  }

  /** @param {import('./initiator.js').Known} one */
  accepted(one) {
    if (one.accepted === null) return one.problem && this.initiator.idTokens.length > 0 ? refusedBecause(one.problem) : say('notAsked');
    if (one.accepted.length === 0) return say('no');
    const labels = one.accepted.map((name) => this.initiator.network(name).label);
    return el('span', { class: 'good' }, el('bdi', { lang: 'en', dir: 'ltr' }, labels.join(', ')));
  }

  showMessages() {
    const { messages } = this.phone;
    this.fill('messages', messages.length === 0 ? empty('messagesNone') : el('ol', { class: 'messages' },
      ...messages.map((one) => el('li', {},
        el('strong', { class: 'numbers', dir: 'ltr' }, one.value), ' ',
        el('span', { class: 'quiet small' }, say('messageFrom', {
          network: page.networks.find((network) => network.name === one.network)?.label ?? one.network,
          place: one.destination ?? one.identity,
        })))).reverse()));
  }

  showTokens() {
    const { tokens } = this.initiator;
    this.fill('tokens', tokens.length === 0 ? empty('tokensNone') : el('div', {},
      ...tokens.map((one) => el('details', { class: 'call ok' },
        el('summary', {}, say('tokenOf', { what: one.what, network: one.network })),
        el('div', { class: 'call-text' }, ...decoded(one.compact)))).reverse()));
  }

  /** @param {any} settled what the shop's server made of a purchase */
  showPayment(settled) {
    if (settled === null) return this.fill('payment', empty('paymentNone'));
    if (settled.refused) return this.fill('payment', el('p', { class: 'problem', dir: 'ltr', lang: 'en' }, settled.refused));
    this.fill('payment', el('div', {},
      part('paymentPayload', settled.payload, true), part('paymentResponse', settled.response, false),
      part('paymentEncryption', settled.encryption, false), part('paymentSignature', settled.signature, false),
      el('p', { class: 'quiet small' }, say(settled.confirmed ? 'paymentConfirmed' : 'paymentUnconfirmed'))));
  }

  showSwitches() {
    this.fill('switches',
      el('ul', { class: 'row', 'aria-label': say('scenes') }, ...page.scenes.map((scene) => el('li', {}, el('a', {
        class: 'button small', 'data-testid': scene.name,
        href: `/demo/?market=${scene.market}&lang=${page.language}&scene=${scene.name}`,
      }, say(scene.name))))),
      el('p', { class: 'quiet small' }, say('switchesHint')),
      el('div', { class: 'switches' },
        ...page.switches.map((name) => this.switchRow(name)), ...OF_PAGE.map((name) => this.pageSwitch(name))));
  }

  /** What a link has brought about, and that it has. @param {string} name of the scene */
  showScene(name) {
    this.tabs.choose('switches');
    for (const link of this.tabs.sheet('switches').querySelectorAll('a')) {
      if (link.dataset.testid === name) link.setAttribute('aria-current', 'true');
    }
  }

  /** @param {string} name */
  switchRow(name) {
    const id = `switch-${name}`;
    const problem = el('p', { class: 'wrong', role: 'alert', hidden: true });
    const chosen = this.settings.placeOf(name);
    const select = el('select', { class: 'input', id, 'data-testid': name },
      ...[['', say('nowhere')], ['everywhere', say('everywhere')], ...page.networks.map((one) => [one.name, one.label])].map(
        ([value, text]) => el('option', { value, selected: value === chosen }, text)));
    select.addEventListener('change', async () => {
      problem.hidden = true;
      try {
        await this.settings.place(name, select.value);
      } catch (thrown) {
        select.value = this.settings.placeOf(name);
        problem.textContent = explainProblem(thrown);
        problem.hidden = false;
      }
    });
    return el('div', { class: 'switch' }, el('label', { for: id }, say(name)), select, problem);
  }

  /** @param {string} name */
  pageSwitch(name) {
    const id = `switch-${name}`;
    const box = el('input', { type: 'checkbox', id, checked: this.settings.isOn(name), 'data-testid': name });
    box.addEventListener('change', () => {
      this.settings.turn(name, box.checked);
      // Without what its link asks for: that would undo the choice.
      if (name === AT_LOADING) window.location.assign(`/demo/?market=${page.market.code}&lang=${page.language}`);
    });
    return el('div', { class: 'switch' }, el('label', { for: id }, say(name)), el('span', { class: 'box' }, box));
  }

  showExport() {
    const { console: address } = this.initiator.visit;
    const save = el('button', { type: 'button', class: 'button', 'data-testid': 'export-calls' }, say('exportCalls'));
    save.addEventListener('click', () => download('calls.json', this.trace.calls));
    const archive = el('button', { type: 'button', class: 'button', 'data-testid': 'export-archive' }, say('exportArchive'));
    const problem = el('p', { class: 'wrong', role: 'alert', hidden: true });
    archive.addEventListener('click', () => busy(archive, async () => {
      problem.hidden = true;
      try {
        download('traffic.har', await ask('GET', 'journal.har'));
      } catch (thrown) {
        problem.textContent = explainProblem(thrown);
        problem.hidden = false;
      }
    }));
    this.fill('export', el('div', { class: 'row' }, save, archive,
      address && el('a', { class: 'button', href: address, target: '_blank', rel: 'noopener', 'data-testid': 'console' }, say('openConsole'))), problem);
  }

  /**
   * @param {string} id
   * @param {...Node} nodes
   */
  fill(id, ...nodes) {
    this.tabs.sheet(id).replaceChildren(...nodes);
  }
}

/** @param {import('./trace.js').Call} call */
function shownCall(call) {
  return [el('div', { class: 'call-text' },
    el('h3', {}, say('callSent')), json(call.sent ?? null),
    ...(call.refused
      ? [el('h3', {}, say('callRefused')), json(call.refused)]
      : [el('h3', {}, say('callAnswered')), json(call.answered ?? null)]))];
}

/** @param {unknown} value */
function json(value) {
  return el('pre', { dir: 'ltr', lang: 'en', tabindex: '0' }, JSON.stringify(value, null, 2));
}

/**
 * @param {string} key
 * @param {unknown} value
 * @param {boolean} open
 */
function part(key, value, open) {
  return el('details', { class: 'call ok', open }, el('summary', {}, say(key)), el('div', { class: 'call-text' }, json(value)));
}

/**
 * Header and claims of a compact JWS; its signature is for the shop's server to check.
 * @param {string} compact
 */
function decoded(compact) {
  return compact.split('.').slice(0, 2).map((one) => {
    const bytes = Uint8Array.from(atob(one.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0));
    return json(JSON.parse(new TextDecoder().decode(bytes)));
  });
}

/** @param {string} key */
function empty(key) {
  return el('p', { class: 'quiet' }, say(key));
}

function yes() {
  return el('span', { class: 'good' }, say('yes'));
}

/** @param {boolean | null} value */
function answered(value) {
  return value === null ? say('notAsked') : value ? yes() : say('no');
}

/** @param {string | null} reason */
function refusedBecause(reason) {
  return reason ? el('code', { class: 'reason', dir: 'ltr' }, reason) : say('notAsked');
}

/**
 * @param {string} name
 * @param {unknown} document_
 */
function download(name, document_) {
  const url = URL.createObjectURL(new Blob([JSON.stringify(document_, null, 2)], { type: 'application/json' }));
  el('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
