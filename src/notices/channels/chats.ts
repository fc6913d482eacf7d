// Owns messages to chats: Telegram, Discord and Slack, each as its interface has it, none with a way to mention everybody.
import { cut, type Message } from '../message.js';
import type { Posting } from './http-post.js';

const plain = ({ title, text }: Message): string => `${title}\n${text}`;

/** sendMessage of the Bot API. */
export function telegramPosting(message: Message, baseUrl: string, token: string, chatId: string): Posting {
  const body = {
    chat_id: chatId,
    text: cut(plain(message), 4096),
    link_preview_options: { is_disabled: true },
  };
  return { url: `${baseUrl.replace(/\/$/, '')}/bot${token}/sendMessage`, body: JSON.stringify(body) };
}

/** An incoming webhook of Discord. */
export function discordPosting(message: Message, url: string): Posting {
  const body = { content: cut(asWritten(plain(message)), 2000), allowed_mentions: { parse: [] } };
  return { url, body: JSON.stringify(body) };
}

/** What Discord would format is shown as it is: a label must not hide what stands beside it, nor lead elsewhere than it says. */
function asWritten(text: string): string {
  return text.replaceAll(/[\\*_~`|[\]]|^[#>-]/gm, '\\$&');
}

/** An incoming webhook of Slack, whose text takes &, < and > for its own. */
export function slackPosting(message: Message, url: string): Posting {
  const text = cut(plain(message), 3000)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
  return { url, body: JSON.stringify({ text, mrkdwn: false }) };
}
