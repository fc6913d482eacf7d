// Owns the procedures the old routes are translated to.

import { ListActionsRequest, ListActionsResponse } from '../../../gen/ts/dtms/v1/action_service.js';
import { GetOwnershipRequest, GetOwnershipResponse } from '../../../gen/ts/dtms/v1/ownership_service.js';
import { GetStatusRequest, GetStatusResponse } from '../../../gen/ts/dtms/v1/system_service.js';
import {
  GetTradeRequest,
  GetTradeResponse,
  ListTradesRequest,
  ListTradesResponse,
  RegisterTradeRequest,
  RegisterTradeResponse,
} from '../../../gen/ts/dtms/v1/trade_service.js';
import type { LegacyMethod } from './caller.js';

export const REGISTER_TRADE: LegacyMethod<RegisterTradeRequest, RegisterTradeResponse> = {
  path: '/dtms.v1.TradeService/RegisterTrade',
  request: RegisterTradeRequest,
  response: RegisterTradeResponse,
};

export const GET_TRADE: LegacyMethod<GetTradeRequest, GetTradeResponse> = {
  path: '/dtms.v1.TradeService/GetTrade',
  request: GetTradeRequest,
  response: GetTradeResponse,
};

export const LIST_TRADES: LegacyMethod<ListTradesRequest, ListTradesResponse> = {
  path: '/dtms.v1.TradeService/ListTrades',
  request: ListTradesRequest,
  response: ListTradesResponse,
};

export const LIST_ACTIONS: LegacyMethod<ListActionsRequest, ListActionsResponse> = {
  path: '/dtms.v1.ActionService/ListActions',
  request: ListActionsRequest,
  response: ListActionsResponse,
};

export const GET_OWNERSHIP: LegacyMethod<GetOwnershipRequest, GetOwnershipResponse> = {
  path: '/dtms.v1.OwnershipService/GetOwnership',
  request: GetOwnershipRequest,
  response: GetOwnershipResponse,
};

export const GET_STATUS: LegacyMethod<GetStatusRequest, GetStatusResponse> = {
  path: '/dtms.v1.SystemService/GetStatus',
  request: GetStatusRequest,
  response: GetStatusResponse,
};
