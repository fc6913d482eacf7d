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
  Italian: {
    ...{ date: 'Data', time: 'Ora', symbol: 'Simbolo', type: 'Tipo', open: 'Apertura' },
    ...{ high: 'Massimo | Max', low: 'Minimo | Min', close: 'Chiusura', tick_volume: 'Volume tick' },
    ...{ real_volume: 'Volume reale', position: 'Posizione', order: 'Ordine', price: 'Prezzo' },
    ...{ open_time: 'Ora di apertura', close_time: 'Ora di chiusura', open_price: 'Prezzo di apertura' },
  },
  Portuguese: {
    ...{ date: 'Data', time: 'Hora', symbol: 'Ativo | Símbolo', type: 'Tipo', open: 'Abertura' },
    ...{ high: 'Máxima | Máximo', low: 'Mínima | Mínimo', close: 'Fechamento | Fecho' },
    ...{ tick_volume: 'Volume de ticks', real_volume: 'Volume real', position: 'Posição', order: 'Ordem' },
    ...{ price: 'Preço', open_time: 'Hora de abertura', open_price: 'Preço de abertura' },
  },
  Dutch: {
    ...{ date: 'Datum', time: 'Tijd', symbol: 'Symbool', type: 'Type', high: 'Hoog', low: 'Laag' },
    ...{ close: 'Slot | Sluiten', position: 'Positie', price: 'Prijs' },
    ...{ open_time: 'Openingstijd', close_time: 'Sluitingstijd', open_price: 'Openingsprijs' },
  },
  Polish: {
    ...{ date: 'Data', time: 'Czas | Godzina', symbol: 'Instrument', type: 'Typ', open: 'Otwarcie' },
    ...{ high: 'Najwyższy | Maks | Maksimum', low: 'Najniższy | Min | Minimum', close: 'Zamknięcie' },
    ...{ volume: 'Wolumen', tick_volume: 'Wolumen tickowy', position: 'Pozycja', price: 'Cena' },
    ...{ open_time: 'Czas otwarcia', close_time: 'Czas zamknięcia', open_price: 'Cena otwarcia' },
  },
  Turkish: {
    ...{ date: 'Tarih', time: 'Saat | Zaman', symbol: 'Sembol', type: 'Tip | Tür', position: 'Pozisyon' },
    ...{
      open: 'Açılış | AÇILIŞ',
      high: 'Yüksek | En yüksek',
      low: 'Düşük | En düşük',
      close: 'Kapanış | KAPANIŞ',
    },
    ...{ volume: 'Hacim', tick_volume: 'Tik hacmi', price: 'Fiyat', order: 'Emir' },
  },
  Japanese: {
    ...{ date: '日付', time: '時刻 | 時間 | 日時', symbol: '銘柄 | 通貨ペア', type: 'タイプ | 売買' },
    ...{ open: '始値', high: '高値', low: '安値', close: '終値', volume: '出来高 | 数量' },
    ...{ tick_volume: 'ティックボリューム', spread: 'スプレッド', position: 'ポジション', price: '価格' },
    ...{ order: '注文', open_time: '約定日時', close_time: '決済日時', open_price: '約定価格' },
  },
  Korean: {
    ...{ date: '날짜 | 일자', time: '시간 | 시각 | 일시', symbol: '종목 | 심볼', type: '유형' },
    ...{ open: '시가', high: '고가', low: '저가', close: '종가', volume: '거래량' },
    ...{ tick_volume: '틱 거래량', spread: '스프레드', position: '포지션', price: '가격', order: '주문' },
  },
};
