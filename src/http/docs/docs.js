// Starts Swagger UI. A key that is typed in stays in this page: nothing is stored, nothing leaves the host.
window.addEventListener('load', () => {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', follow);
  follow();
  window.SwaggerUIBundle({
    url: 'openapi.json',
    domNode: document.getElementById('page'),
    presets: [window.SwaggerUIBundle.presets.apis],
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: true,
    persistAuthorization: false,
    tryItOutEnabled: true,
    // Otherwise the document would be sent to a validator of Swagger's makers.
    validatorUrl: null,
  });
});
