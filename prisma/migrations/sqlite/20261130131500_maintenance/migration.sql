-- AlterTable
ALTER TABLE "Acknowledgement" ADD COLUMN "members" JSONB;

-- AlterTable
ALTER TABLE "Alert" ADD COLUMN "heldBy" TEXT;
ALTER TABLE "Alert" ADD COLUMN "hostIds" JSONB;
ALTER TABLE "Alert" ADD COLUMN "members" JSONB;
ALTER TABLE "Alert" ADD COLUMN "mutedBy" TEXT;
ALTER TABLE "Alert" ADD COLUMN "mutedUntil" DATETIME;

-- CreateTable
CREATE TABLE "MaintenanceWindow" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "reason" TEXT NOT NULL,
    "subjects" JSONB NOT NULL,
    "timing" JSONB NOT NULL,
    "endsAt" DATETIME,
    "by" TEXT NOT NULL,
    "byId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "MaintenanceWindow_endsAt_idx" ON "MaintenanceWindow"("endsAt");
