global using Fleet.Protocol;
global using Grpc.Core;
global using Wire = Fleet.Protocol.V1;
