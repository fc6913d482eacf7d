// Owns the names that terminals and reports give to columns in other languages, each with the English one it stands for.

type EnglishName =
  | 'date'
  | 'time'
  | 'open'
  | 'high'
  | 'low'
  | 'close'
  | 'volume'
  | 'tick_volume'
  | 'real_volume'
  | 'spread'
  | 'symbol'
  | 'type'
  | 'position'
  | 'order'
  | 'deal'
  | 'price'
  | 'sl'
  | 'tp'
  | 'open_time'
  | 'close_time'
  | 'open_price';

type Names = Readonly<Partial<Record<EnglishName, string>>>;

/** By language; several names are parted by a bar. Accents, capitals and marks between words do not count. */
export const FOREIGN_NAMES: Readonly<Record<string, Names>> = {
  German: {
    ...{ date: 'Datum', time: 'Zeit | Uhrzeit', symbol: 'Instrument', type: 'Typ | Richtung' },
    open: 'Eröffnung | Eroeffnung | Eröffnungskurs | Erster',
    ...{ high: 'Hoch | Höchst | Höchstkurs', low: 'Tief | Tiefst | Tiefstkurs' },
    close: 'Schluss | Schluß | Schlusskurs | Schlußkurs | Letzter',
    ...{ volume: 'Volumen', tick_volume: 'Tickvolumen | Tick-Volumen', real_volume: 'Reales Volumen' },
    ...{ order: 'Auftrag', price: 'Preis | Kurs', open_price: 'Eröffnungspreis' },
    ...{ open_time: 'Eröffnungszeit', close_time: 'Schließzeit | Schlusszeit' },
  },
  French: {
    ...{ time: 'Heure | Temps', symbol: 'Symbole', open: 'Ouverture', high: 'Haut | Plus haut | Max' },
    ...{
      low: 'Bas | Plus bas | Min',
      close: 'Clôture | Fermeture',
      tick_volume: 'Volume de ticks | Volume tick',
    },
    ...{ real_volume: 'Volume réel', order: 'Ordre', deal: 'Transaction', price: 'Prix | Cours' },
    ...{ open_price: "Prix d'ouverture", open_time: "Heure d'ouverture", close_time: 'Heure de clôture' },
  },
  Spanish: {
    ...{ date: 'Fecha', time: 'Hora', symbol: 'Símbolo', type: 'Tipo', open: 'Apertura' },
    ...{ high: 'Máximo | Alto', low: 'Mínimo | Bajo', close: 'Cierre', tick_volume: 'Volumen de ticks' },
    ...{
      real_volume: 'Volumen real',
      position: 'Posición',
      order: 'Orden',
      deal: 'Transacción',
      price: 'Precio',
    },
    ...{ open_price: 'Precio de apertura', open_time: 'Hora de apertura', close_time: 'Hora de cierre' },
  },
  Russian: {
    ...{ date: 'Дата', time: 'Время', symbol: 'Символ | Инструмент', type: 'Тип | Направление' },
    ...{ open: 'Открытие | Откр', high: 'Максимум | Макс', low: 'Минимум | Мин', close: 'Закрытие | Закр' },
    ...{
      volume: 'Объём',
      tick_volume: 'Тиковый объём | Тики',
      real_volume: 'Реальный объём',
      spread: 'Спред',
    },
    ...{
      position: 'Позиция',
      order: 'Ордер',
      deal: 'Сделка',
      price: 'Цена',
      sl: 'Стоп лосс',
      tp: 'Тейк профит',
    },
    ...{ open_price: 'Цена открытия', open_time: 'Время открытия', close_time: 'Время закрытия' },
  },
  Chinese: {
    ...{
      date: '日期',
      time: '时间 | 時間',
      symbol: '交易品种 | 品种 | 交易品種',
      type: '类型 | 類型 | 方向',
    },
    ...{
      open: '开盘 | 开盘价 | 開盤 | 開盤價',
      high: '最高 | 最高价 | 最高價',
      low: '最低 | 最低价 | 最低價',
    },
    ...{
      close: '收盘 | 收盘价 | 收盤 | 收盤價',
      volume: '成交量 | 交易量 | 手数',
      tick_volume: '跳动量 | Tick成交量',
    },
    ...{ real_volume: '真实成交量', spread: '点差 | 點差', position: '持仓 | 仓位', order: '订单 | 訂單' },
    ...{ deal: '成交', price: '价格 | 价位 | 價格', sl: '止损 | 止損', tp: '止盈' },
    ...{ open_price: '开仓价', open_time: '开仓时间', close_time: '平仓时间' },
  },
};
