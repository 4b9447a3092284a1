import './app/no-eval.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '@fontsource/ibm-plex-sans/latin-400.css';
import '@fontsource/ibm-plex-sans/latin-500.css';
import '@fontsource/ibm-plex-sans/latin-600.css';
import '@fontsource/ibm-plex-sans/latin-ext-400.css';
import '@fontsource/ibm-plex-mono/latin-400.css';
import '@fontsource/ibm-plex-mono/latin-500.css';
import '@fontsource/ibm-plex-mono/latin-ext-400.css';
import './ui/base.css';
import './app/frame.css';
import { FaultBoundary } from './app/fault-boundary.tsx';
import { Frame } from './app/frame.tsx';
import { listen } from './app/store.ts';
import { CARD_PLACE, CardWindow } from './features/card/card-window.tsx';

const root = document.getElementById('root');
if (root !== null) {
  listen();
  createRoot(root).render(
    <StrictMode>
      <FaultBoundary>{location.hash === CARD_PLACE ? <CardWindow /> : <Frame />}</FaultBoundary>
    </StrictMode>,
  );
}
