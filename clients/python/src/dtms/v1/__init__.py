"""The messages and enums of the service, generated from its protos: `from dtms.v1 import TradeSpec`."""

from dtms.v1.access_pb2 import *
from dtms.v1.account_service_pb2 import *
from dtms.v1.action_service_pb2 import *
from dtms.v1.effect_pb2 import *
from dtms.v1.error_reason_pb2 import *
from dtms.v1.event_pb2 import *
from dtms.v1.feature_flag_pb2 import *
from dtms.v1.market_data_service_pb2 import *
from dtms.v1.notice_service_pb2 import *
from dtms.v1.ownership_service_pb2 import *
from dtms.v1.policy_service_pb2 import *
from dtms.v1.results_pb2 import *
from dtms.v1.system_service_pb2 import *
from dtms.v1.trade_service_pb2 import *
from dtms.v1.types_pb2 import *
