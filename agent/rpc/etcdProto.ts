/**
 * What the agent asks of etcd: a subset of `rpc.proto` of go.etcd.io/etcd/api/v3, with its field numbers. Text in a
 * program, not a file beside it, so that the agent is one file.
 */
export const ETCD_PROTO = `
syntax = "proto3";
package etcdserverpb;

message ResponseHeader {
  uint64 cluster_id = 1;
  uint64 member_id = 2;
  int64 revision = 3;
  uint64 raft_term = 4;
}

message StatusRequest {}
message StatusResponse {
  ResponseHeader header = 1;
  string version = 2;
  int64 dbSize = 3;
  uint64 leader = 4;
  uint64 raftIndex = 5;
  uint64 raftTerm = 6;
  uint64 raftAppliedIndex = 7;
  repeated string errors = 8;
  int64 dbSizeInUse = 9;
  bool isLearner = 10;
}

message SnapshotRequest {}
message SnapshotResponse {
  ResponseHeader header = 1;
  uint64 remaining_bytes = 2;
  bytes blob = 3;
  string version = 4;
}

message HashKVRequest {
  int64 revision = 1;
}
message HashKVResponse {
  ResponseHeader header = 1;
  uint32 hash = 2;
  int64 compact_revision = 3;
}

message KeyValue {
  bytes key = 1;
  int64 create_revision = 2;
  int64 mod_revision = 3;
}
message RangeRequest {
  bytes key = 1;
  bytes range_end = 2;
  int64 limit = 3;
  int64 revision = 4;
  bool serializable = 7;
  bool keys_only = 8;
}
message RangeResponse {
  ResponseHeader header = 1;
  repeated KeyValue kvs = 2;
  bool more = 3;
  int64 count = 4;
}

service Maintenance {
  rpc Status(StatusRequest) returns (StatusResponse) {}
  rpc Snapshot(SnapshotRequest) returns (stream SnapshotResponse) {}
  rpc HashKV(HashKVRequest) returns (HashKVResponse) {}
}
service KV {
  rpc Range(RangeRequest) returns (RangeResponse) {}
}
`;
