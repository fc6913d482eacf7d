// Starts ReDoc, with the system's fonts.
window.addEventListener('load', () => {
  const sans = 'system-ui, sans-serif';
  const mono = 'ui-monospace, monospace';
  window.Redoc.init(
    'openapi.json',
    {
      hideDownloadButtons: true,
      nativeScrollbars: true,
      scrollYOffset: 'nav',
      sortRequiredPropsFirst: true,
      theme: {
        typography: {
          fontFamily: sans,
          headings: { fontFamily: sans },
          code: { fontFamily: mono },
        },
      },
    },
    document.getElementById('page'),
  );
});
