// Owns what the bundler takes besides TypeScript.
declare module '*.css';
