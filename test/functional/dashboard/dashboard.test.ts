// The dashboard in a real browser against the real service. All cases share one stage, so their order counts: what settles
// things comes after what looks at them, and the crowd comes last.
import './trade-page.cases.js';
import './history.cases.js';
import './alarms.cases.js';
import './money.cases.js';
import './pages.cases.js';
import './policies.cases.js';
import './who.cases.js';
import './crowd.cases.js';
