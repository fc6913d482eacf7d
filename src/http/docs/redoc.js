// Starts ReDoc, with the system's fonts, and in the system's colours: again when these change.
const SANS = 'system-ui, sans-serif';
const MONO = 'ui-monospace, monospace';
const TYPOGRAPHY = { fontFamily: SANS, headings: { fontFamily: SANS } };
const LIGHT = { typography: { ...TYPOGRAPHY, code: { fontFamily: MONO } } };
/** Each at 4.5 to 1 or better on what is behind it. */
const DARK = {
  colors: {
    primary: { main: '#8ab8f0' },
    success: { main: '#6cc497' },
    warning: { main: '#e0b45c' },
    error: { main: '#f2938b' },
    gray: { 50: '#1c2229', 100: '#232a33' },
    text: { primary: '#e3e8ee', secondary: '#aeb8c4' },
    border: { dark: '#3a444f', light: '#2b333c' },
    responses: {
      success: { color: '#6cc497', backgroundColor: '#17281f', tabTextColor: '#6cc497' },
      error: { color: '#f2938b', backgroundColor: '#301c1b', tabTextColor: '#f2938b' },
      redirect: { color: '#e0b45c', backgroundColor: '#2c2516', tabTextColor: '#e0b45c' },
      info: { color: '#8ab8f0', backgroundColor: '#182433', tabTextColor: '#8ab8f0' },
    },
  },
  schema: {
    linesColor: '#4d5a68',
    nestedBackground: '#1a2027',
    typeNameColor: '#aeb8c4',
    typeTitleColor: '#aeb8c4',
    requireLabelColor: '#f2938b',
    arrow: { color: '#aeb8c4' },
  },
  sidebar: { backgroundColor: '#171c22', textColor: '#e3e8ee', arrow: { color: '#aeb8c4' } },
  rightPanel: { backgroundColor: '#0f1317' },
  codeBlock: { backgroundColor: '#0a0d10' },
  typography: {
    ...TYPOGRAPHY,
    code: { fontFamily: MONO, color: '#f0b2a6', backgroundColor: '#232a33' },
    links: { color: '#8ab8f0', visited: '#8ab8f0', hover: '#b5d2f7' },
  },
};

window.addEventListener('load', () => {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const page = document.getElementById('page');
  const show = () => {
    // It keeps what it drew last: another place begins anew.
    const place = document.createElement('div');
    page.replaceChildren(place);
    window.Redoc.init(
      'openapi.json',
      {
        hideDownloadButtons: true,
        nativeScrollbars: true,
        scrollYOffset: 'nav',
        sortRequiredPropsFirst: true,
        theme: dark.matches ? DARK : LIGHT,
      },
      place,
    );
  };
  dark.addEventListener('change', show);
  show();
});
