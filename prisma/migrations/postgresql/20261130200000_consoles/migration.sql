-- CreateTable
CREATE TABLE "Console" (
    "id" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "machine" TEXT NOT NULL,
    "isViewOnly" BOOLEAN NOT NULL DEFAULT false,
    "actorKind" TEXT NOT NULL,
    "actorId" TEXT NOT NULL,
    "actorName" TEXT NOT NULL,
    "origin" TEXT,
    "ticketId" TEXT NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "openedAt" TIMESTAMP(3),
    "seenAt" TIMESTAMP(3),
    "endAskedBy" TEXT,
    "endedAt" TIMESTAMP(3),
    "endReason" TEXT,

    CONSTRAINT "Console_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Console_ticketId_key" ON "Console"("ticketId");

-- CreateIndex
CREATE INDEX "Console_endedAt_idx" ON "Console"("endedAt");

-- CreateIndex
CREATE INDEX "Console_hostId_machine_idx" ON "Console"("hostId", "machine");

-- CreateIndex
CREATE INDEX "Console_actorId_endedAt_idx" ON "Console"("actorId", "endedAt");

-- AddForeignKey
ALTER TABLE "Console" ADD CONSTRAINT "Console_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;
