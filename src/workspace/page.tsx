/** The page of the local workspace: a chat in which one acts as a chosen person. */
import { createRoot } from 'react-dom/client'
import 'slack-blocks-to-jsx/dist/style.css'
import './page/page.css'
import { App } from './page/app.tsx'

const place = document.getElementById('page')
if (place !== null) createRoot(place).render(<App />)
