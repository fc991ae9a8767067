using System.Reflection;
using Orleans.Serialization.Invocation;

namespace Orleans
{
    /// <summary>A call on its way.</summary>
    public interface IGrainCallContext
    {
        /// <summary>The method and its arguments.</summary>
        IInvokable Request { get; }

        /// <summary>The grain object that is called.</summary>
        object Grain { get; }

        /// <summary>Who calls; null for callers outside of grains.</summary>
        GrainId? SourceId { get; }

        /// <summary>Who is called.</summary>
        GrainId TargetId { get; }

        /// <summary>The full name of the interface.</summary>
        string InterfaceName { get; }

        /// <summary>The name of the method.</summary>
        string MethodName { get; }

        /// <summary>The method of the interface.</summary>
        MethodInfo InterfaceMethod { get; }

        /// <summary>What the call returns.</summary>
        object? Result { get; set; }

        /// <summary>Goes on: to the next filter, or to the grain.</summary>
        Task Invoke();
    }

    /// <summary>A call as it arrives.</summary>
    public interface IIncomingGrainCallContext : IGrainCallContext
    {
        /// <summary>The activation that is called.</summary>
        IGrainContext TargetContext { get; }
    }

    /// <summary>Stands before every call that arrives at a grain; registered in the host's services, or the grain itself.</summary>
    public interface IIncomingGrainCallFilter
    {
        /// <summary>Does its work and calls <see cref="IGrainCallContext.Invoke"/> to let the call through.</summary>
        Task Invoke(IIncomingGrainCallContext context);
    }
}

namespace Orleans.Serialization.Invocation
{
    /// <summary>A method with its arguments.</summary>
    public interface IInvokable
    {
        /// <summary>Whether the method takes a cancellation token.</summary>
        bool IsCancellable { get; }

        /// <summary>How many arguments there are.</summary>
        int GetArgumentCount();

        /// <summary>One of the arguments.</summary>
        object? GetArgument(int index);

        /// <summary>The name of the method.</summary>
        string GetMethodName();

        /// <summary>The full name of the interface.</summary>
        string GetInterfaceName();

        /// <summary>The method of the interface.</summary>
        MethodInfo GetMethod();

        /// <summary>The interface.</summary>
        Type GetInterfaceType();

        /// <summary>How long callers of this method wait, if it says so itself.</summary>
        TimeSpan? GetDefaultResponseTimeout();

        /// <summary>The caller's cancellation token.</summary>
        CancellationToken GetCancellationToken();
    }
}
