-- CreateEnum
CREATE TYPE "DesiredConnection" AS ENUM ('connected', 'disconnected');

-- CreateEnum
CREATE TYPE "ObservedConnectionState" AS ENUM ('connected', 'connecting', 'disconnecting', 'disconnected', 'error');

-- CreateTable
CREATE TABLE "BackendOnHost" (
    "backendId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "desired" "DesiredConnection" NOT NULL,
    "desiredGeneration" INTEGER NOT NULL,
    "observedState" "ObservedConnectionState" NOT NULL DEFAULT 'disconnected',
    "observedGeneration" INTEGER,
    "observedAt" TIMESTAMP(3),
    "observedSince" TIMESTAMP(3),
    "observedError" TEXT,
    "observedProblem" TEXT,
    "observedAdvice" TEXT,
    "summary" TEXT,
    "details" JSONB,
    "nextAttemptAt" TIMESTAMP(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "BackendOnHost_pkey" PRIMARY KEY ("backendId","hostId")
);

-- CreateIndex
CREATE INDEX "BackendOnHost_hostId_idx" ON "BackendOnHost"("hostId");

-- AddForeignKey
ALTER TABLE "BackendOnHost" ADD CONSTRAINT "BackendOnHost_backendId_fkey" FOREIGN KEY ("backendId") REFERENCES "Backend"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "BackendOnHost" ADD CONSTRAINT "BackendOnHost_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;


