"""A bridge between DTMS and one account of a MetaTrader 5 terminal: an adapter over `dtms.bridge`."""
