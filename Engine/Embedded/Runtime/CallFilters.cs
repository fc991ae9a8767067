using System.Reflection;
using Orleans.Serialization.Invocation;

namespace Fleet.Engine.Embedded;

/// <summary>What stands before every call that arrives at a grain: the host's filters in their order, then the grain's own.</summary>
internal sealed class CallFilters(IEnumerable<IIncomingGrainCallFilter> filters)
{
    private readonly IIncomingGrainCallFilter[] shared = [.. filters];

    public ValueTask<T> Invoke<T>(Call call, GrainCall<T> request)
    {
        var target = call.Receiver!;
        return call.Box!.Queue.Activation is { } activation && (shared.Length > 0 || target is IIncomingGrainCallFilter)
            ? Filtered(call, request, target, activation)
            : request.Invoke(target);
    }

    private async ValueTask<T> Filtered<T>(Call call, GrainCall<T> request, object target, IGrainContext activation)
    {
        var passage = new Passage<T>(call, request, target, activation, target is IIncomingGrainCallFilter own ? [.. shared, own] : shared);
        await passage.Invoke();
        return (T)passage.Result!;
    }

    /// <summary>One call on its way through the filters.</summary>
    private sealed class Passage<T>(Call call, GrainCall<T> request, object grain, IGrainContext activation, IIncomingGrainCallFilter[] filters) : IIncomingGrainCallContext
    {
        private int passed;

        public IInvokable Request => request;

        public object Grain => grain;

        public IGrainContext TargetContext => activation;

        public GrainId? SourceId => call.Source;

        public GrainId TargetId => call.Target;

        public string InterfaceName => request.Method.ContractName;

        public string MethodName => request.Method.Name;

        public MethodInfo InterfaceMethod => request.Method.Method;

        public object? Result { get; set; } = default(T);

        public async Task Invoke()
        {
            if (passed < filters.Length)
            {
                await filters[passed++].Invoke(this);
                return;
            }

            Result = await request.Invoke(grain);
        }
    }
}
